import { InvalidArgumentError } from "commander";

/**
 * Reads a port from the command line.
 *
 * @param value what was given
 * @throws InvalidArgumentError, which commander shows, if it is not a whole number from 1 to 65535
 */
export function portNumber(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("It takes a port, 1 to 65535.");
  }
  return port;
}
