#!/usr/bin/env node
import { main } from "./cli.ts";

process.exitCode = 1; // Stays if the terminal goes away while it asks.
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
