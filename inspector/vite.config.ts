import { defineConfig } from "vite";

// One file of script and one of style, so that the command embeds three files and serves no others.
export default defineConfig({
  base: "./",
  build: {
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      output: {
        entryFileNames: "page.js",
        assetFileNames: "page[extname]",
        inlineDynamicImports: true,
      },
    },
  },
});
