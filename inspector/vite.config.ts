import { defineConfig } from "vite";

// One file of script and one of style beside the page: the command embeds these three and serves no others.
export default defineConfig({
  base: "./",
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
