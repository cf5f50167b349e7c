import { defineConfig } from "vite";

// One file of script and one of style beside the page: the command embeds these three and serves no others.
export default defineConfig({
  base: "./",
  // Its requests look like those of the page that the world itself serves: the server takes no others.
  server: {
    proxy: {
      "/api": {
        target: "http://127.0.0.1:7777",
        changeOrigin: true,
        headers: { Origin: "http://127.0.0.1:7777" },
      },
    },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    emptyOutDir: true,
    rollupOptions: {
      output: {
        entryFileNames: "page-[hash].js",
        assetFileNames: "page-[hash][extname]",
        inlineDynamicImports: true,
      },
    },
  },
});
