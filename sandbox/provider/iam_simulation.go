// The data source aws.iam.getPrincipalPolicySimulation: what IAM's simulator says about a principal.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// getSimulation leaves out what the real "iam/principal_policy_simulation_data_source.go" does: the results of single resources, the
// boundary, SCPs, and the positions of matched statements.
var getSimulation = kind{
	title: "IAM Principal Policy Simulation",
	fields: attributes{
		"action_names":                       aSet(required),
		"additional_policies_json":           aSet(optional, eachOf(validation.StringIsJSON)),
		"context":                            blocks(contextEntry, optional),
		"permissions_boundary_policies_json": aSet(optional, eachOf(validation.StringIsJSON)),
		"policy_source_arn":                  aString(required, validated(validARN)),
		"resource_arns":                      aSet(optional, eachOf(validARN)),
		"results":                            blocks(simulationResult, computed),
	},
	names: names{
		"action_name": "EvalActionName", "decision": "EvalDecision", "decision_details": "EvalDecisionDetails", "resource_arn": "EvalResourceName",
		"missing_context_keys": "MissingContextValues", "additional_policies_json": "PolicyInputList",
		"context": "ContextEntries", "key": "ContextKeyName", "type": "ContextKeyType", "values": "ContextKeyValues",
		"permissions_boundary_policies_json": "PermissionsBoundaryPolicyInputList",
	},
	read: func(o op) record {
		asked := o.given("action_names", "additional_policies_json", "context", "permissions_boundary_policies_json", "policy_source_arn", "resource_arns")
		var found []record
		err := attempt(func() {
			found = o.all("iam:SimulatePrincipalPolicy", join(asked, record{"MaxItems": 1000}), "EvaluationResults")
		})
		check(saying(err, "simulating IAM Principal Policy"))
		results := []any{}
		for _, result := range found {
			results = append(results, join(result, record{"Allowed": result["EvalDecision"] == "allowed"}))
		}
		return record{"Results": results}
	},
}

// contextEntry is a context key that the simulator is told.
var contextEntry = attributes{"key": aString(required), "type": aString(required), "values": aSet(required)}

// simulationResult has all fields of the real one: in a set, the fields decide the order of the results.
var simulationResult = texts(attributes{
	"allowed":              aBool(computed),
	"decision_details":     aMap(computed),
	"matched_statements":   blocks(texts(attributes{}, "source_policy_id", "source_policy_type"), computed),
	"missing_context_keys": aSet(computed),
}, "action_name", "decision", "resource_arn")
