/**
 * The recoveries table: who holds which table, what was approved, what is frozen, which hashes count.
 * One item a record; key `recoveryId` + `record`; content as JSON in `document`, with a `revision` against lost updates.
 * Locks live under the pseudo id `lock`, one record a table.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { LockLost, TableLocked, UnknownRecovery } from "./errors.ts";
import type { Recovery, RecoveryStatus } from "./recovery.ts";

export interface Lock {
  readonly recoveryId: string;
  readonly executionArn: string;
  readonly acquiredAt: string;
}

interface Stored<Document> {
  readonly document: Document;
  readonly revision: number;
}

export class Recoveries {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async load(recoveryId: string): Promise<Recovery> {
    const recovery = await this.get<Recovery>(recoveryId, "recovery");
    if (!recovery)
      throw new UnknownRecovery(
        `Recovery "${recoveryId}" is not in the recoveries table: check the name; it is the name of its execution.`,
      );
    return recovery;
  }

  async get<Document>(recoveryId: string, record: string): Promise<Document | undefined> {
    return (await this.#read<Document>(recoveryId, record))?.document;
  }

  async put(recoveryId: string, record: string, document: unknown): Promise<void> {
    await this.#client.send(
      new PutItemCommand({ TableName: this.#tableName, Item: this.#item(recoveryId, record, document, 1) }),
    );
  }

  /** Writes only where nothing is yet; answers whether it did. */
  async putOnce(recoveryId: string, record: string, document: unknown): Promise<boolean> {
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#tableName,
          Item: this.#item(recoveryId, record, document, 1),
          ConditionExpression: "attribute_not_exists(recoveryId)",
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Reads, changes and writes back; whoever else wrote meanwhile wins first and the change is made again on theirs. */
  async update<Document>(
    recoveryId: string,
    record: string,
    change: (before: Document | undefined) => Document,
  ): Promise<Document> {
    for (;;) {
      const stored = await this.#read<Document>(recoveryId, record);
      const document = change(stored?.document);
      try {
        await this.#client.send(
          new PutItemCommand({
            TableName: this.#tableName,
            Item: this.#item(recoveryId, record, document, (stored?.revision ?? 0) + 1),
            ...(stored
              ? {
                  ConditionExpression: "revision = :revision",
                  ExpressionAttributeValues: { ":revision": { N: String(stored.revision) } },
                }
              : { ConditionExpression: "attribute_not_exists(recoveryId)" }),
          }),
        );
        return document;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    }
  }

  async delete(recoveryId: string, record: string): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: this.#tableName, Key: this.#key(recoveryId, record) }));
  }

  /** Records of a recovery whose name begins with `prefix`, in order, page by page. */
  async *list<Document>(
    recoveryId: string,
    prefix: string,
  ): AsyncGenerator<{ readonly record: string; readonly document: Document }> {
    let start: Record<string, { S: string }> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#tableName,
          ConsistentRead: true,
          KeyConditionExpression: "recoveryId = :id AND begins_with(#record, :prefix)",
          ExpressionAttributeNames: { "#record": "record" },
          ExpressionAttributeValues: { ":id": { S: recoveryId }, ":prefix": { S: prefix } },
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      for (const item of page.Items ?? [])
        yield { record: item["record"]?.S ?? "", document: JSON.parse(item["document"]?.S ?? "null") as Document };
      start = page.LastEvaluatedKey as Record<string, { S: string }> | undefined;
    } while (start);
  }

  async setStatus(recoveryId: string, now: Date, change: Partial<RecoveryStatus>): Promise<void> {
    await this.update<RecoveryStatus>(recoveryId, "status", (before) => ({
      state: "unknown",
      table: "",
      startedAt: now.toISOString(),
      ...before,
      ...change,
      updatedAt: now.toISOString(),
    }));
  }

  /** Takes the table for this recovery; the same recovery may take it twice. */
  async acquireLock(table: string, lock: Lock): Promise<void> {
    if (await this.putOnce("lock", table, lock)) return;
    const holder = await this.get<Lock>("lock", table);
    if (holder?.recoveryId === lock.recoveryId) return;
    if (!holder) return this.acquireLock(table, lock);
    throw new TableLocked(
      `Table "${table}" is being recovered by "${holder.recoveryId}" since ${holder.acquiredAt}: wait for it, redrive it, or lift and end it first (execution ${holder.executionArn}).`,
    );
  }

  /** Every part that writes asks this first. */
  async assertLock(table: string, recoveryId: string): Promise<void> {
    const holder = await this.get<Lock>("lock", table);
    if (holder?.recoveryId !== recoveryId)
      throw new LockLost(
        `Recovery "${recoveryId}" does not hold table "${table}" (${holder ? `"${holder.recoveryId}" does` : "nobody does"}): nothing was written. Start a new recovery.`,
      );
  }

  async releaseLock(table: string, recoveryId: string): Promise<void> {
    const holder = await this.get<Lock>("lock", table);
    if (holder?.recoveryId === recoveryId) await this.delete("lock", table);
  }

  async #read<Document>(recoveryId: string, record: string): Promise<Stored<Document> | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#tableName, Key: this.#key(recoveryId, record), ConsistentRead: true }),
    );
    if (!Item) return undefined;
    return {
      document: JSON.parse(Item["document"]?.S ?? "null") as Document,
      revision: Number(Item["revision"]?.N ?? 0),
    };
  }

  #key(recoveryId: string, record: string) {
    return { recoveryId: { S: recoveryId }, record: { S: record } };
  }

  #item(recoveryId: string, record: string, document: unknown, revision: number) {
    return {
      ...this.#key(recoveryId, record),
      document: { S: JSON.stringify(document) },
      revision: { N: String(revision) },
    };
  }
}
