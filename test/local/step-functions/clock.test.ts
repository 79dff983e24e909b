import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { abortable, systemClock } from "../../../local/step-functions/clock.ts";

const DAY_MS = 86_400_000;

describe("The system clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("sleeps longer than one timer can", async () => {
    let awake = false;
    const slept = systemClock()
      .sleep(60 * DAY_MS, new AbortController().signal)
      .then(() => {
        awake = true;
      });
    await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1);
    const before = awake;
    await vi.advanceTimersByTimeAsync(1);
    await slept;

    expect([before, awake]).toEqual([false, true]);
  });

  it("stops sleeping, and leaves no timer, when it is aborted", async () => {
    const stop = new AbortController();
    const slept = systemClock().sleep(1000, stop.signal);
    stop.abort(new Error("stopped"));

    await expect(slept).rejects.toThrow("stopped");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("abortable", () => {
  it("ends with the signal's reason, whatever the promise does later", async () => {
    const stop = new AbortController();
    const late = Promise.withResolvers<string>();
    const result = abortable(late.promise, stop.signal);
    stop.abort(new Error("stopped"));
    late.reject(new Error("too late"));

    await expect(result).rejects.toThrow("stopped");
  });

  it("settles as the promise does while nothing is aborted", async () => {
    const { signal } = new AbortController();

    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
  });
});
