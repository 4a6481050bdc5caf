/** Door of `app`: deliberately without exports. The application is started through `bin/xylen`; no other room may build on it. */
export {};
