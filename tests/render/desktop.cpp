#include "tests/render/desktop.hpp"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera::testing {

struct desktop::connection {
  Display* display = nullptr;
  Window minimised = 0;

  ~connection() {
    if (display != nullptr)
      XCloseDisplay(display);
  }
  /// The newest window with a title: there is one.
  Window window() const {
    Window root = 0;
    Window parent = 0;
    Window* children = nullptr;
    unsigned count = 0;
    XQueryTree(display, DefaultRootWindow(display), &root, &parent, &children, &count);
    Window found = 0;
    for (unsigned i = 0; i < count; ++i) {
      XWindowAttributes about;
      XGetWindowAttributes(display, children[i], &about);
      if (about.map_state == IsViewable)
        found = children[i];
    }
    if (children != nullptr)
      XFree(children);
    if (found == 0)
      throw std::runtime_error("there is no window");
    return found;
  }
  /// What whoever manages windows says of one (ICCCM 4.1.3.1): there is nobody else here.
  void say_state(Window which, long state) const {
    const Atom name = XInternAtom(display, "WM_STATE", False);
    const long values[] = {state, None};
    XChangeProperty(display, which, name, name, 32, PropModeReplace,
                    reinterpret_cast<const unsigned char*>(values), 2);
  }
  template <class Event>
  void send(Event& event, long mask) const {
    event.display = display;
    event.window = window();
    XSendEvent(display, event.window, True, mask, reinterpret_cast<XEvent*>(&event));
    XSync(display, False);
  }
};

std::unique_ptr<desktop> desktop::start() {
  int told[2];
  if (pipe(told) != 0)
    return nullptr;
  const pid_t server = fork();
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM); // it ends with a test that crashes
    close(told[0]);
    const std::string where = std::to_string(told[1]);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    execlp("Xvfb", "Xvfb", "-displayfd", where.c_str(), "-screen", "0", "1600x1000x24", "-noreset",
           "-nolisten", "tcp", static_cast<char*>(nullptr));
    _exit(127);
  }
  close(told[1]);
  // To the end of the line: a server that finds nobody reading is killed by it.
  std::string number;
  for (char one = 0; read(told[0], &one, 1) == 1 && one != '\n';)
    number += one;
  close(told[0]);
  if (number.empty()) {
    waitpid(server, nullptr, 0);
    return nullptr;
  }
  setenv("DISPLAY", (":" + number).c_str(), 1);
  std::unique_ptr<desktop> out(new desktop(server));
  out->to_ = std::make_unique<connection>();
  out->to_->display = XOpenDisplay(nullptr);
  return out->to_->display == nullptr ? nullptr : std::move(out);
}

desktop::desktop(int server) : server_(server) {}

desktop::~desktop() {
  to_.reset();
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
}

void desktop::hold(const std::string& key, bool down) {
  XKeyEvent event{};
  event.type = down ? KeyPress : KeyRelease;
  event.root = DefaultRootWindow(to_->display);
  event.time = CurrentTime;
  event.same_screen = True;
  event.keycode = XKeysymToKeycode(to_->display, XStringToKeysym(key.c_str()));
  to_->send(event, down ? KeyPressMask : KeyReleaseMask);
}

void desktop::press(const std::string& key) {
  hold(key, true);
  hold(key, false);
}

void desktop::click(int x, int y) {
  XMotionEvent to{};
  to.type = MotionNotify;
  to.x = x;
  to.y = y;
  to_->send(to, PointerMotionMask);
  XButtonEvent button{};
  button.type = ButtonPress;
  button.button = Button1;
  button.x = x;
  button.y = y;
  to_->send(button, ButtonPressMask);
  button.type = ButtonRelease;
  to_->send(button, ButtonReleaseMask);
}

void desktop::resize(std::uint32_t width, std::uint32_t height) {
  XResizeWindow(to_->display, to_->window(), width, height);
  XSync(to_->display, False);
}

void desktop::minimise() {
  to_->minimised = to_->window();
  XUnmapWindow(to_->display, to_->minimised);
  to_->say_state(to_->minimised, IconicState);
  XSync(to_->display, False);
}

void desktop::restore() {
  XMapWindow(to_->display, to_->minimised);
  to_->say_state(to_->minimised, NormalState);
  XSync(to_->display, False);
}

void desktop::close_window() {
  XClientMessageEvent event{};
  event.type = ClientMessage;
  event.message_type = XInternAtom(to_->display, "WM_PROTOCOLS", False);
  event.format = 32;
  event.data.l[0] = static_cast<long>(XInternAtom(to_->display, "WM_DELETE_WINDOW", False));
  to_->send(event, NoEventMask);
}

picture desktop::screenshot() {
  const Window which = to_->window();
  XWindowAttributes about;
  XGetWindowAttributes(to_->display, which, &about);
  XImage* got = XGetImage(to_->display, which, 0, 0, static_cast<unsigned>(about.width),
                          static_cast<unsigned>(about.height), AllPlanes, ZPixmap);
  if (got == nullptr)
    throw std::runtime_error("no screenshot");
  picture out;
  out.width = static_cast<std::uint32_t>(about.width);
  out.height = static_cast<std::uint32_t>(about.height);
  for (int y = 0; y < about.height; ++y)
    for (int x = 0; x < about.width; ++x) {
      const unsigned long pixel = XGetPixel(got, x, y);
      for (int shift : {16, 8, 0})
        out.rgba.push_back(static_cast<std::uint8_t>(pixel >> shift));
      out.rgba.push_back(255);
    }
  XDestroyImage(got);
  return out;
}

} // namespace tessera::testing
