/** A value of the request as messages quote it; long ones are cut, since an error's cause is read on a phone at night. */
export function show(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
