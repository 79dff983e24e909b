import { z } from "zod";
import { NotInPocketAwsError } from "../service.ts";

/** Sections and resource attributes that change nothing here; each with its reason. */
const IGNORED_SECTIONS: Readonly<Record<string, string>> = {
  AWSTemplateFormatVersion: "there is one version",
  Description: "for people",
  Metadata: "for tools",
};
const IGNORED_ATTRIBUTES: Readonly<Record<string, string>> = {
  DeletionPolicy: "stacks are never deleted here",
  UpdateReplacePolicy: "stacks are never updated here",
  Metadata: "for tools",
};
/** `Export`: no other stack imports it. */
const IGNORED_OUTPUT_FIELDS = { Description: z.string().optional(), Export: z.unknown().optional() };

const Resource = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((value) => [value].flat()),
  Condition: z.string().optional(),
});

const Template = z.strictObject({
  Parameters: z
    .record(
      z.string(),
      z.object({ Type: z.string(), Default: z.union([z.string(), z.number()]).transform(String).optional() }),
    )
    .default({}),
  Rules: z.record(z.string(), z.unknown()).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), Resource),
  Outputs: z
    .record(
      z.string(),
      z.strictObject({ Value: z.unknown(), Condition: z.string().optional(), ...IGNORED_OUTPUT_FIELDS }),
    )
    .default({}),
});

export type Template = z.output<typeof Template>;
export type TemplateResource = z.output<typeof Resource>;

/** The one rule that every CDK template has: it asks for a bootstrapped account, which there is none of here. */
const CDK_RULE = "CheckBootstrapVersion";

/** Reads a template as JSON gives it; a section, rule or resource attribute that is not known is an error that names it. */
export function parseTemplate(template: unknown): Template {
  const sections = withoutIgnored(asRecord(template), IGNORED_SECTIONS);
  const resources = Object.fromEntries(
    Object.entries(asRecord(sections.Resources)).map(([id, resource]) => [
      id,
      withoutIgnored(asRecord(resource), IGNORED_ATTRIBUTES),
    ]),
  );
  const parsed = Template.safeParse({ ...sections, Resources: resources });
  if (!parsed.success) throw new NotInPocketAwsError(`this template: ${z.prettifyError(parsed.error)}`);
  for (const rule of Object.keys(parsed.data.Rules))
    if (rule !== CDK_RULE) throw new NotInPocketAwsError(`the template rule ${rule}`);
  return parsed.data;
}

function withoutIgnored(record: Readonly<Record<string, unknown>>, ignored: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !Object.hasOwn(ignored, name)));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
