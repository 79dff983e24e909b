// What we use of dynalite's modules; the package itself has no types.
// Its actions answer by callback and its store keeps items as JSON under one key per item.

declare namespace Dynalite {
  type Callback<T> = (error: unknown, result?: T) => void;
  type Data = Record<string, unknown>;
  interface ItemDb {
    put(key: string, value: unknown, callback: Callback<void>): void;
    del(key: string, callback: Callback<void>): void;
    batch(
      operations: readonly { readonly type: "put"; readonly key: string; readonly value: unknown }[],
      callback: Callback<void>,
    ): void;
  }
  interface Store {
    readonly options: { readonly maxItemSize: number };
    readonly db: {
      open(): Promise<void>;
      getSync(key: string): unknown;
      clear(range: { gte: string; lt: string }): Promise<void>;
      close(): Promise<void>;
    };
    readonly tableDb: ItemDb;
    getItemDb(table: string): ItemDb;
  }
  type Action = (store: Store, data: Data, callback: Callback<Record<string, unknown>>) => void;
  interface ActionValidation {
    readonly types: Readonly<Record<string, unknown>>;
    readonly custom?: (data: Data, store: Store) => string | undefined;
  }
}

declare module "dynalite/db/index.js" {
  const db: {
    create(options: Readonly<Record<string, unknown>>): Dynalite.Store;
    createKey(item: unknown, table: unknown): string;
    validateKey(key: unknown, table: unknown): Error | null | undefined;
    validateItem(item: unknown, table: unknown): Error | null | undefined;
    validateUpdates(attributeUpdates: undefined, updates: unknown, table: unknown): Error | null | undefined;
    validateKeyPaths(nestedPaths: unknown, table: unknown): Error | null | undefined;
    updateIndexes(
      store: Dynalite.Store,
      table: unknown,
      before: unknown,
      after: unknown,
      callback: Dynalite.Callback<void>,
    ): void;
  };
  export default db;
}

declare module "dynalite/validations/index.js" {
  const validations: {
    checkTypes(data: Dynalite.Data, types: Readonly<Record<string, unknown>>): Dynalite.Data;
    checkValidations(
      data: Dynalite.Data,
      types: Readonly<Record<string, unknown>>,
      custom: Dynalite.ActionValidation["custom"],
      store: Dynalite.Store,
    ): void;
    validateExpressions(data: Dynalite.Data): string | undefined;
    validateAttributeValue(value: unknown): string | undefined;
  };
  export default validations;
}

declare module "dynalite/validations/*.js" {
  const validation: Dynalite.ActionValidation;
  export default validation;
}

declare module "dynalite/actions/*.js" {
  const action: Dynalite.Action;
  export default action;
}
