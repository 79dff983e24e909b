/** What one caller did to one table. Units as DynamoDB bills them. */
export interface TableStatistics {
  reads: number;
  writes: number;
  readUnits: number;
  writeUnits: number;
}

/** Counts of items read and written, by table and by the principal that did it. */
export class Statistics {
  readonly #byTable = new Map<string, Map<string, TableStatistics>>();

  countRead(table: string, principalArn: string, items: number, units: number): void {
    const counts = this.#of(table, principalArn);
    counts.reads += items;
    counts.readUnits += units;
  }

  countWrite(table: string, principalArn: string, units: number): void {
    const counts = this.#of(table, principalArn);
    counts.writes += 1;
    counts.writeUnits += units;
  }

  /** A copy as it is now: table, then principal. */
  snapshot(): Record<string, Record<string, TableStatistics>> {
    return Object.fromEntries(
      [...this.#byTable].map(([table, principals]) => [
        table,
        Object.fromEntries([...principals].map(([arn, counts]) => [arn, { ...counts }])),
      ]),
    );
  }

  #of(table: string, principalArn: string): TableStatistics {
    const principals = this.#byTable.get(table) ?? new Map<string, TableStatistics>();
    this.#byTable.set(table, principals);
    const counts = principals.get(principalArn) ?? { reads: 0, writes: 0, readUnits: 0, writeUnits: 0 };
    principals.set(principalArn, counts);
    return counts;
  }
}
