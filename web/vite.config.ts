/** How the dashboard is built: static files without a request to anywhere else, small enough to load at once. */
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    // Every browser that has the features used here needs no polyfill of module preloading.
    modulePreload: { polyfill: false },
    // Inlined files would need a wider content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
