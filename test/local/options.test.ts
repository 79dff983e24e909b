import { expect, test } from "vitest";
import { portFrom } from "../../local/options.ts";

test.each([
  [[], 4599],
  [["--port", "0"], 0],
  [["--port=8080"], 8080],
  [["--help"], "help"],
  [["-h", "--port", "1"], "help"],
])("%j is %s", (args, port) => {
  expect(portFrom(args)).toBe(port);
});

test.each([
  [["--port", "http"], '--port is "http": it takes a whole number from 0 to 65535.'],
  [["--port", "70000"], '--port is "70000"'],
  [["--port", "-1"], "--port"],
  [["--prot", "1"], "--prot"],
  [["extra"], "extra"],
])("%j is refused and says %s", (args, message) => {
  expect(() => portFrom(args)).toThrow(
    expect.objectContaining({ name: "LocalUsageError", message: expect.stringContaining(message) }),
  );
});
