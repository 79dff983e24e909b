import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../local/step-functions/definition.ts";
import { distributed, functionArn, invoke, only, pass } from "./fixture.ts";

const parse = (definition: object) => parseDefinition(JSON.stringify({ QueryLanguage: "JSONata", ...definition }));
const two = (first: object, second: object) => ({ StartAt: "First", States: { First: first, Second: second } });
const inlineMap = (states: object, fields: object = {}) => ({ Type: "Map", ItemProcessor: states, ...fields });

const REFUSED: Record<string, [definition: object, message: RegExp]> = {
  "a query language other than JSONata": [{ ...only(pass({})), QueryLanguage: "JSONPath" }, /QueryLanguage.*JSONata/],
  "a state of another query language": [only(pass({ QueryLanguage: "JSONPath" })), /'Only'.*QueryLanguage/],
  "an unknown field of the machine": [{ ...only(pass({})), TimeoutSecond: 5 }, /'TimeoutSecond' is not a field/],
  "an unknown field of a state": [only(pass({ Outputs: {} })), /State 'Only': the field 'Outputs' is not a field/],
  "a field of another state type": [only(pass({ Seconds: 1 })), /State 'Only': the field 'Seconds'/],
  "an unknown field of a retrier": [
    only({ ...invoke("f"), Retry: [{ ErrorEquals: ["E"], MaxAttempt: 1 }] }),
    /'Only', Retry\[0\]: the field 'MaxAttempt'/,
  ],
  "an unknown field of a catcher": [
    two(
      { ...invoke("f"), Catch: [{ ErrorEquals: ["E"], Next: "Second", ResultPath: "$" }], Next: "Second" },
      pass({ End: true }),
    ),
    /Catch\[0\]: the field 'ResultPath' belongs to JSONPath/,
  ],
  "a JSONPath field": [only({ ...invoke("f"), Parameters: {} }), /'Only': the field 'Parameters' belongs to JSONPath/],
  "an unknown state type": [only({ Type: "Parralel" }), /'Type' cannot be 'Parralel'/],
  "a StartAt that does not exist": [{ StartAt: "No", States: { A: pass({ End: true }) } }, /'StartAt' names 'No'/],
  "a Next that does not exist": [
    only(pass({})) && { StartAt: "A", States: { A: pass({ Next: "B" }) } },
    /'A'.*'B' leads to no state/,
  ],
  "a Next into another flow": [
    two(
      { Type: "Parallel", Branches: [{ StartAt: "In", States: { In: pass({ Next: "Second" }) } }], Next: "Second" },
      pass({ End: true }),
    ),
    /'In'.*'Second' leads to no state of the same flow/,
  ],
  "a state that nothing leads to": [two(pass({ End: true }), pass({ End: true })), /'Second': nothing leads to/],
  "neither Next nor End": [{ StartAt: "A", States: { A: pass({}) } }, /'A': the field 'Next' is missing/],
  "both Next and End": [
    two(pass({ Next: "Second", End: true }), pass({ End: true })),
    /'First': the field 'End' cannot stand beside/,
  ],
  "a state name used twice": [
    {
      StartAt: "A",
      States: { A: { Type: "Parallel", Branches: [{ StartAt: "A", States: { A: pass({ End: true }) } }], End: true } },
    },
    /'A' is used twice/,
  ],
  "an expression that does not compile": [only(pass({ Output: { a: "{% 1 + %}" } })), /'Only': Output\/a: /],
  "an expression that fills half a string": [only(pass({ Output: "{% 1 %} more" })), /Output: an expression must fill/],
  $eval: [only(pass({ Output: "{% $eval('1') %}" })), /no \$eval/],
  "a variable that nobody assigns": [
    only(pass({ Output: "{% $nope %}" })),
    /'Output' reads '\$nope', which is not assigned/,
  ],
  "a branch's variable read outside": [
    two(
      {
        Type: "Parallel",
        Branches: [{ StartAt: "In", States: { In: pass({ Assign: { x: 1 }, End: true }) } }],
        Next: "Second",
      },
      pass({ Output: "{% $x %}", End: true }),
    ),
    /'Second'.*reads '\$x'/,
  ],
  "a branch that assigns an outer name": [
    two(pass({ Assign: { x: 1 }, Next: "Second" }), {
      Type: "Parallel",
      Branches: [{ StartAt: "In", States: { In: pass({ Assign: { x: 2 }, End: true }) } }],
      End: true,
    }),
    /'In'.*'Assign' sets 'x', a variable of the outer scope/,
  ],
  "an inline iteration that assigns an outer name": [
    two(
      pass({ Assign: { x: 1 }, Next: "Second" }),
      inlineMap({ StartAt: "In", States: { In: pass({ Assign: { x: 2 }, End: true }) } }, { End: true }),
    ),
    /'In'.*sets 'x'/,
  ],
  "a variable in a field of a Distributed Map": [
    two(
      pass({ Assign: { x: [1] }, Next: "Second" }),
      distributed({ StartAt: "In", States: { In: pass({ End: true }) } }, { Items: "{% $x %}", End: true }),
    ),
    /'Second': the field 'Items' reads the variable '\$x', but.*only read \$states/,
  ],
  "an outer variable in a child of a Distributed Map": [
    two(
      pass({ Assign: { x: 1 }, Next: "Second" }),
      distributed({ StartAt: "In", States: { In: pass({ Output: "{% $x %}", End: true }) } }, { End: true }),
    ),
    /'In'.*reads '\$x'/,
  ],
  "the name states as a variable": [only(pass({ Assign: { states: 1 } })), /cannot name a variable 'states'/],
  "another integration": [
    only({ Type: "Task", Resource: "arn:aws:states:::sqs:sendMessage" }),
    /does not know the Resource arn:aws:states:::sqs:sendMessage/,
  ],
  "an SDK integration": [
    only({ Type: "Task", Resource: "arn:aws:states:::aws-sdk:s3:getObject" }),
    /does not know the Resource/,
  ],
  "a Resource that is no ARN": [only({ Type: "Task", Resource: "f" }), /'Resource' 'f' is not the ARN/],
  "lambda:invoke without FunctionName": [
    only({ ...invoke("f"), Arguments: { Payload: {} } }),
    /'FunctionName'.*missing/,
  ],
  "another argument of lambda:invoke": [
    only({ ...invoke("f"), Arguments: { FunctionName: "f", InvocationType: "Event" } }),
    /does not know the argument 'InvocationType'/,
  ],
  "HeartbeatSeconds without a token": [
    only({ ...invoke("f"), HeartbeatSeconds: 5 }),
    /'HeartbeatSeconds' has no effect/,
  ],
  Credentials: [only({ ...invoke("f"), Credentials: {} }), /does not know the field 'Credentials'/],
  ItemBatcher: [
    only(distributed({ StartAt: "In", States: { In: pass({ End: true }) } }, { ItemBatcher: {} })),
    /does not know the field 'ItemBatcher'/,
  ],
  ResultWriter: [
    only(distributed({ StartAt: "In", States: { In: pass({ End: true }) } }, { ResultWriter: {} })),
    /does not know the field 'ResultWriter'/,
  ],
  "an EXPRESS child": [
    only({
      Type: "Map",
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        StartAt: "In",
        States: { In: pass({ End: true }) },
      },
    }),
    /EXPRESS/,
  ],
  "an ItemReader of lines": [
    only(
      distributed(
        { StartAt: "In", States: { In: pass({ End: true }) } },
        {
          ItemReader: {
            Resource: "arn:aws:states:::s3:getObject",
            ReaderConfig: { InputType: "JSONL" },
            Arguments: { Bucket: "b", Key: "k" },
          },
        },
      ),
    ),
    /InputType JSONL/,
  ],
  "fields of a Distributed Map in an inline one": [
    only(inlineMap({ StartAt: "In", States: { In: pass({ End: true }) } }, { ToleratedFailureCount: 1 })),
    /'ToleratedFailureCount'/,
  ],
  "two Distributed Maps of one label": [
    two(
      distributed({ StartAt: "A", States: { A: pass({ End: true }) } }, { Label: "L", Next: "Second" }),
      distributed({ StartAt: "B", States: { B: pass({ End: true }) } }, { Label: "L", End: true }),
    ),
    /'Label' 'L' is used twice/,
  ],
  "States.ALL beside another name": [
    only({ ...invoke("f"), Retry: [{ ErrorEquals: ["E", "States.ALL"] }] }),
    /only alone and in the last place/,
  ],
  "States.ALL before another retrier": [
    only({ ...invoke("f"), Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] }] }),
    /only alone and in the last place/,
  ],
  "a Catch without Next": [
    only({ ...invoke("f"), Catch: [{ ErrorEquals: ["E"] }] }),
    /Catch\[0\]: the field 'Next' is missing/,
  ],
  "a Retry on a Wait": [only({ Type: "Wait", Seconds: 1, Retry: [] }), /'Retry'/],
  "a Wait for nothing": [only({ Type: "Wait" }), /'Seconds' or 'Timestamp'/],
  "a Wait for both": [only({ Type: "Wait", Seconds: 1, Timestamp: "2026-01-01T00:00:00Z" }), /only one/],
  "a Choice without rules": [
    two({ Type: "Choice", Choices: [], Default: "Second" }, pass({ End: true })),
    /at least one rule/,
  ],
  "a rule without Condition": [
    two({ Type: "Choice", Choices: [{ Next: "Second" }] }, pass({ End: true })),
    /Choices\[0\]: the field 'Condition'/,
  ],
  "a Succeed with Next": [two({ Type: "Succeed", Next: "Second" }, pass({ End: true })), /'Next'/],
  "a time-out of 0": [
    only({ ...invoke("f"), TimeoutSeconds: 0 }),
    /'TimeoutSeconds' must be a whole number of at least 1/,
  ],
};

describe("A definition is refused for", () => {
  it.each(Object.entries(REFUSED))("%s", (_name, [definition, message]) => {
    expect(() => parse(definition)).toThrow(message);
  });

  it("text that is not JSON", () => {
    expect(() => parseDefinition("{")).toThrow(/not JSON/);
  });
});

const ACCEPTED: Record<string, object> = {
  "comments anywhere": {
    Comment: "m",
    ...only({ ...invoke("f"), Comment: "s", Retry: [{ ErrorEquals: ["E"], Comment: "r" }] }),
  },
  "a function's own ARN as Resource": only({ Type: "Task", Resource: functionArn("f") }),
  "a loop": two(pass({ Next: "Second" }), { Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "First" }] }),
  "variables bound inside an expression": only(
    pass({ Output: "{% ($a := 1; $map([1], function($v, $i) { $v + $i + $a })) %}" }),
  ),
  "positional variables of JSONata": only(pass({ Output: "{% $states.input.list#$i@$x.{ 'i': $i, 'x': $x } %}" })),
  "the same variable in two branches": only({
    Type: "Parallel",
    Branches: [
      { StartAt: "A", States: { A: pass({ Assign: { x: 1 }, End: true }) } },
      { StartAt: "B", States: { B: pass({ Assign: { x: 1 }, End: true }) } },
    ],
  }),
  "an outer variable read in a branch": two(pass({ Assign: { x: 1 }, Next: "Second" }), {
    Type: "Parallel",
    Branches: [{ StartAt: "A", States: { A: pass({ Output: "{% $x %}", End: true }) } }],
    End: true,
  }),
};

describe("A definition is accepted with", () => {
  it.each(Object.entries(ACCEPTED))("%s", (_name, definition) => {
    expect(parse(definition).states.size).toBeGreaterThan(0);
  });
});
