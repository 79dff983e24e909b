/**
 * Every DynamoDB action that changes items. TransactWriteItems needs no entry: each of its actions is authorised as
 * PutItem, UpdateItem or DeleteItem. PartiQL statements are authorised under actions of their own.
 */
export const WRITE_ACTIONS = [
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PartiQLDelete",
] as const;
