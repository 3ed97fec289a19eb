// The data source aws.iam.getPrincipalPolicySimulation: what IAM's simulator says of a principal.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func dataSimulation() *schema.Resource {
	return source{title: "IAM Principal Policy Simulation", read: simulatePrincipal, fields: map[string]*schema.Schema{
		"action_names":                       requiredSet(),
		"additional_policies_json":           setOf(validation.StringIsJSON),
		"permissions_boundary_policies_json": setOf(validation.StringIsJSON),
		"policy_source_arn":                  validated(required(), validARN),
		"resource_arns":                      setOf(validARN),
		"all_allowed":                        computed(schema.TypeBool),
		"results":                            {Type: schema.TypeSet, Computed: true, Elem: &schema.Resource{Schema: simulationResult()}},
	}}.resource()
}

func setOf(validate schema.SchemaValidateFunc) *schema.Schema {
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Schema{Type: schema.TypeString, ValidateFunc: validate}}
}

// simulationResult has all that the real one has: in a set, the fields decide the order of the results.
func simulationResult() map[string]*schema.Schema {
	statement := map[string]*schema.Schema{"source_policy_id": computed(schema.TypeString), "source_policy_type": computed(schema.TypeString)}
	return map[string]*schema.Schema{
		"action_name":          computed(schema.TypeString),
		"allowed":              computed(schema.TypeBool),
		"decision":             computed(schema.TypeString),
		"decision_details":     {Type: schema.TypeMap, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"matched_statements":   {Type: schema.TypeSet, Computed: true, Elem: &schema.Resource{Schema: statement}},
		"missing_context_keys": {Type: schema.TypeSet, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"resource_arn":         computed(schema.TypeString),
	}
}

func simulatePrincipal(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	var results []any
	allAllowed := true
	err := eachPage(ctx, iam.NewSimulatePrincipalPolicyPaginator(c.iam(), simulationInput(d)), func(page *iam.SimulatePrincipalPolicyOutput) {
		for _, result := range page.EvaluationResults {
			allAllowed = allAllowed && result.EvalDecision == types.PolicyEvaluationDecisionTypeAllowed
			results = append(results, simulationValues(result))
		}
	})
	if err != nil {
		return "", nil, said{fmt.Errorf("simulating IAM Principal Policy: %w", err)}
	}
	return "-", map[string]any{"all_allowed": allAllowed && len(results) > 0, "results": results}, nil
}

func simulationInput(d *schema.ResourceData) *iam.SimulatePrincipalPolicyInput {
	return &iam.SimulatePrincipalPolicyInput{
		ActionNames:                        toStrings(d.Get("action_names")),
		MaxItems:                           aws.Int32(1000),
		PermissionsBoundaryPolicyInputList: toStrings(d.Get("permissions_boundary_policies_json")),
		PolicyInputList:                    toStrings(d.Get("additional_policies_json")),
		PolicySourceArn:                    aws.String(d.Get("policy_source_arn").(string)),
		ResourceArns:                       toStrings(d.Get("resource_arns")),
	}
}

// simulationValues leaves out what the real data source leaves out: the results per resource, and what boundary and SCPs did.
func simulationValues(result types.EvaluationResult) map[string]any {
	details, statements := map[string]any{}, []any{}
	for key, decision := range result.EvalDecisionDetails {
		details[key] = string(decision)
	}
	for _, statement := range result.MatchedStatements {
		statements = append(statements, map[string]any{
			"source_policy_id": aws.ToString(statement.SourcePolicyId), "source_policy_type": string(statement.SourcePolicyType),
		})
	}
	return map[string]any{
		"action_name":          aws.ToString(result.EvalActionName),
		"allowed":              result.EvalDecision == types.PolicyEvaluationDecisionTypeAllowed,
		"decision":             string(result.EvalDecision),
		"decision_details":     details,
		"matched_statements":   statements,
		"missing_context_keys": result.MissingContextValues,
		"resource_arn":         aws.ToString(result.EvalResourceName),
	}
}
