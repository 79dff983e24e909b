/**
 * What AWS asks for, in USD. On-demand prices of us-east-1 as others quoted them from AWS's price pages; they change, and
 * differ by Region: estimates say so.
 */
export const PRICES = {
  region: "us-east-1",
  currency: "USD",
  /** When they were looked up. */
  date: "2026-11-20",
  sources: [
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "https://aws.amazon.com/step-functions/pricing/",
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/s3/pricing/",
  ],
  /** On-demand write request units; quoted 2026-10-04. */
  millionWriteUnits: 0.625,
  /** On-demand read request units; quoted 2026-10-04. */
  millionReadUnits: 0.125,
  /** Incremental export, of the change data that is processed, 10 MB at least; quoted 2026-09-27. */
  exportedGb: 0.1,
  /** Restore, of the table's size; commonly quoted, not verified. */
  restoredGb: 0.15,
  /** Standard workflows. */
  thousandTransitions: 0.025,
  /** arm64; not verified. */
  lambdaGbSecond: 0.0000133334,
  /** PUT, COPY, POST, LIST; not verified. */
  thousandS3Puts: 0.005,
  /** GET and all others; not verified. */
  thousandS3Gets: 0.0004,
} as const;
