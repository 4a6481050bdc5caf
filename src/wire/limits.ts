/** How long the lists on the wire may become. What is older falls out of the dashboard; the record keeps everything. */

/** Version of the messages; rises with every breaking change. */
export const WIRE_VERSION = 1;

/** Instruments that a dashboard shows; those beyond are left out. */
export const SYMBOLS_MAX = 128;
/** Candles kept for each symbol. */
export const CANDLES_MAX = 600;
/** Points of the equity curve; more halve its resolution. */
export const EQUITY_POINTS_MAX = 800;
/** Decisions kept, with what explains them. */
export const DECISIONS_MAX = 120;
/** Round trips kept. */
export const TRADES_MAX = 200;
/** Orders kept; open ones are the last to go. */
export const ORDERS_MAX = 300;
/** Lines of the log kept. */
export const LOG_MAX = 300;
/** Models of an ensemble. */
export const MODELS_MAX = 64;
/** Features of one snapshot. */
export const FEATURES_MAX = 2_000;
/** Gates, rules and limits of one decision or status. */
export const RULES_MAX = 100;
/** Characters of a text that comes from elsewhere: messages, reasons, causes. */
export const TEXT_CHARS_MAX = 2_000;
/** Worker threads of the program. */
export const WORKERS_MAX = 32;
