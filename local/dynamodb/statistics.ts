/** What one caller did to one table. Units as DynamoDB bills them for the table itself, without those of its indexes. */
export interface TableStatistics {
  reads: number;
  writes: number;
  readUnits: number;
  writeUnits: number;
}

/** Bytes that AWS bills for a table beyond its requests. */
export interface BilledBytes {
  exported: number;
  restored: number;
}

/** Counts of items read and written, by table and by the principal that did it. */
export class Statistics {
  readonly #bytes = new Map<string, BilledBytes>();
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

  countExport(table: string, bytes: number): void {
    this.#bytesOf(table).exported += bytes;
  }

  countRestore(sourceTable: string, bytes: number): void {
    this.#bytesOf(sourceTable).restored += bytes;
  }

  /** A copy as it is now, by table. */
  billedBytes(): Record<string, BilledBytes> {
    return Object.fromEntries([...this.#bytes].map(([table, bytes]) => [table, { ...bytes }]));
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

  #bytesOf(table: string): BilledBytes {
    const bytes = this.#bytes.get(table) ?? { exported: 0, restored: 0 };
    this.#bytes.set(table, bytes);
    return bytes;
  }

  #of(table: string, principalArn: string): TableStatistics {
    const principals = this.#byTable.get(table) ?? new Map<string, TableStatistics>();
    this.#byTable.set(table, principals);
    const counts = principals.get(principalArn) ?? { reads: 0, writes: 0, readUnits: 0, writeUnits: 0 };
    principals.set(principalArn, counts);
    return counts;
  }
}
