/** What a deployed function is, as far as its template says. */
export interface FunctionConfiguration {
  readonly name: string;
  /** Directory of the unpacked code asset: /var/task on AWS. */
  readonly codeDirectory: string;
  /** Where V8's compiled code of a CommonJS asset is kept between cold starts; nothing is kept without it. */
  readonly codeCacheFile?: string;
  /** `<file>.<export>`, such as `index.handler`. */
  readonly handler: string;
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Name of its log group; `/aws/lambda/<name>` where the template names none. */
  readonly logGroup?: string;
  readonly description?: string;
}

/** Where the function's lines go without a LoggingConfig. */
export function logGroupOf(configuration: FunctionConfiguration): string {
  return configuration.logGroup ?? `/aws/lambda/${configuration.name}`;
}
