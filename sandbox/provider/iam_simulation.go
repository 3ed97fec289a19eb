// The data source aws.iam.getPrincipalPolicySimulation: what IAM's simulator says of a principal.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// dataSimulation has the members of the real "iam/principal_policy_simulation_data_source.go": nothing of the single resources, the
// boundary and SCPs, and of a matched statement the policy alone.
func dataSimulation() *schema.Resource {
	return source{title: "IAM Principal Policy Simulation", fields: map[string]*schema.Schema{
		"action_names":                       requiredSet(),
		"additional_policies_json":           setOf(validation.StringIsJSON),
		"permissions_boundary_policies_json": setOf(validation.StringIsJSON),
		"policy_source_arn":                  validated(required(), validARN),
		"resource_arns":                      setOf(validARN),
		"all_allowed":                        computed(schema.TypeBool),
		"results":                            {Type: schema.TypeSet, Computed: true, Elem: &schema.Resource{Schema: simulationResult()}},
	}, names: names{
		"action_name": "EvalActionName", "decision": "EvalDecision", "decision_details": "EvalDecisionDetails", "resource_arn": "EvalResourceName",
		"missing_context_keys": "MissingContextValues", "additional_policies_json": "PolicyInputList",
		"permissions_boundary_policies_json": "PermissionsBoundaryPolicyInputList",
	}, read: simulatePrincipal}.resource()
}

// simulationResult has all that the real one has: in a set, the fields decide the order of the results.
func simulationResult() map[string]*schema.Schema {
	keys := setOf(nil)
	keys.Optional, keys.Computed = false, true
	statement := texts(map[string]*schema.Schema{}, "source_policy_id", "source_policy_type")
	return texts(map[string]*schema.Schema{
		"allowed":              computed(schema.TypeBool),
		"decision_details":     {Type: schema.TypeMap, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"matched_statements":   {Type: schema.TypeSet, Computed: true, Elem: &schema.Resource{Schema: statement}},
		"missing_context_keys": keys,
	}, "action_name", "decision", "resource_arn")
}

func simulatePrincipal(o op) (string, record, error) {
	asked := o.given("action_names", "additional_policies_json", "permissions_boundary_policies_json", "policy_source_arn", "resource_arns")
	found, err := o.all("iam:SimulatePrincipalPolicy", join(asked, record{"MaxItems": 1000}), "EvaluationResults")
	if err != nil {
		return "", nil, saying(err, "simulating IAM Principal Policy")
	}
	allAllowed, results := len(found) > 0, []any{}
	for _, result := range found {
		allowed := result["EvalDecision"] == "allowed"
		allAllowed = allAllowed && allowed
		results = append(results, join(result, record{"Allowed": allowed}))
	}
	return "-", record{"AllAllowed": allAllowed, "Results": results}, nil
}
