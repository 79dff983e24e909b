/** Permissions that no scenario uses, and why they are there all the same. */
export interface Explanation {
  /** Of `<role or managed policy> <action>`. */
  readonly permission: RegExp;
  readonly reason: string;
}

export const EXPLAINED: readonly Explanation[] = [
  {
    permission: / (logs:(CreateLogStream|PutLogEvents)|xray:(PutTraceSegments|PutTelemetryRecords))$/,
    reason: "Lambda itself writes a function's lines and traces with its role; the pocket AWS takes them past the API.",
  },
  {
    permission:
      /^backstitch-recover logs:(Create|Delete|Get|List|Update)LogDeliver(y|ies)$|^backstitch-recover logs:(DescribeLogGroups|DescribeResourcePolicies|PutResourcePolicy)$/,
    reason: "Step Functions sets up the delivery of its log with the machine's role; the pocket AWS needs no delivery.",
  },
  {
    permission: /^backstitch-recover states:(DescribeExecution|StopExecution|RedriveExecution)$/,
    reason: "A Distributed Map asks for them: to follow its children, and to stop them when it is stopped.",
  },
  {
    permission: /^backstitch-[\w-]+ s3:ListBucket$/,
    reason: "Without it S3 answers AccessDenied where an object is missing, and a step could not tell the two apart.",
  },
  {
    permission: /^backstitch-[\w-]+ s3:GetObject(Version)?$/,
    reason:
      "One statement for reading objects of recoveries: which of the two is asked for depends on whether a version was recorded, and a retry reads what the first try wrote.",
  },
  {
    permission: /^backstitch-(preflight|collect-keys) (s3:GetObject(Version)?|logs:StopQuery)$/,
    reason: "Lists of keys are read by version; a query is stopped where the step has no time left for it.",
  },
  {
    permission: /^backstitch-activate-read-only (dynamodb:DeleteResourcePolicy|iam:DetachRolePolicy)$/,
    reason: "A lift that came while a guard was being raised did not see it: whoever raises it takes it down again.",
  },
  {
    permission: /^backstitch-(verify-trial|verify-part|summarize-repairs) dynamodb:PutItem$/,
    reason: "Where they fail they write down why, since a failed Map shows only that a threshold was exceeded.",
  },
  {
    permission: /^backstitch-(repair-trial|apply-part) dynamodb:GetItem$/,
    reason: "After a lost answer or a failed guard the item is read again before anything is decided.",
  },
  {
    permission: /^backstitch-deny-[\w.-]+ dynamodb:\w+$/,
    reason:
      "The deny policy names every action that writes; each is tried against the table policy, which has the same list, and by tables of the evaluator.",
  },
];
