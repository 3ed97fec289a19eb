// The simulator's answer, in AWS's own XML, from a stub over HTTP: moto has none.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"sort"
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const roleARN = "arn:aws:iam::123456789012:role/path/web"

const allowedResult = `<member><EvalActionName>kms:Decrypt</EvalActionName><EvalResourceName>arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}</EvalResourceName>
<EvalDecision>allowed</EvalDecision><MatchedStatements><member><SourcePolicyId>inline</SourcePolicyId><SourcePolicyType>IAM Policy</SourcePolicyType>
</member></MatchedStatements><EvalDecisionDetails><entry><key>inline</key><value>allowed</value></entry></EvalDecisionDetails>
<ResourceSpecificResults><member><EvalResourceName>arn:aws:kms:eu-west-1:123456789012:key/k</EvalResourceName>
<EvalResourceDecision>allowed</EvalResourceDecision><MissingContextValues><member>aws:SourceIp</member></MissingContextValues></member>
</ResourceSpecificResults></member>`

const deniedResult = `<member><EvalActionName>ssm:UpdateInstanceInformation</EvalActionName><EvalResourceName>*</EvalResourceName>
<EvalDecision>implicitDeny</EvalDecision><MissingContextValues><member>aws:SourceVpc</member></MissingContextValues>
<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>
<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>
</member>`

// simulator answers with one page per result and keeps the requests.
func simulator(t *testing.T, pages ...string) (*awsClient, *[]url.Values) {
	t.Helper()
	requests := &[]url.Values{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		*requests = append(*requests, r.PostForm)
		marker := ""
		if len(*requests) < len(pages) {
			marker = "<Marker>next</Marker>"
		}
		_, _ = fmt.Fprintf(w, `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>
<IsTruncated>%t</IsTruncated>%s<EvaluationResults>%s</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
			marker != "", marker, pages[len(*requests)-1])
	}))
	t.Cleanup(server.Close)
	return testClient(t, map[string]any{"endpoints": []any{map[string]any{"iam": server.URL}}}), requests
}

func simulate(t *testing.T, client *awsClient, arguments map[string]any) *schema.ResourceData {
	t.Helper()
	arguments["policy_source_arn"] = roleARN
	d := schema.TestResourceDataRaw(t, getSimulation.fields, arguments)
	if diags := getSimulation.dataSource().ReadContext(t.Context(), d, client); diags.HasError() {
		t.Fatal(diags)
	}
	return d
}

// results writes sets as sorted lists, so that whole results can be compared.
func results(d *schema.ResourceData) []map[string]any {
	var all []map[string]any
	for _, raw := range d.Get("results").(*schema.Set).List() {
		result := raw.(map[string]any)
		result["matched_statements"] = result["matched_statements"].(*schema.Set).List()
		result["missing_context_keys"] = result["missing_context_keys"].(*schema.Set).List()
		all = append(all, result)
	}
	sort.Slice(all, func(i, j int) bool { return all[i]["action_name"].(string) < all[j]["action_name"].(string) })
	return all
}

// Every page's results arrive, each with its decision, its details and what was missing, and nothing of the single resources, the
// boundary and SCPs: so it is in terraform-provider-aws's "principal_policy_simulation_data_source.go".
func TestSimulationResultsAreRead(t *testing.T) {
	client, _ := simulator(t, allowedResult, deniedResult)
	got := results(simulate(t, client, map[string]any{"action_names": []any{"kms:Decrypt", "ssm:UpdateInstanceInformation"}}))
	want := []map[string]any{
		{
			"action_name": "kms:Decrypt", "allowed": true, "decision": "allowed", "decision_details": map[string]any{"inline": "allowed"},
			"matched_statements":   []any{map[string]any{"source_policy_id": "inline", "source_policy_type": "IAM Policy"}},
			"missing_context_keys": []any{}, "resource_arn": "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}",
		},
		{
			"action_name": "ssm:UpdateInstanceInformation", "allowed": false, "decision": "implicitDeny", "decision_details": map[string]any{},
			"matched_statements": []any{}, "missing_context_keys": []any{"aws:SourceVpc"}, "resource_arn": "*",
		},
	}

	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// All is allowed only if there is a result and none denies.
func TestAllAllowedNeedsAResult(t *testing.T) {
	for pages, want := range map[string]bool{allowedResult: true, allowedResult + deniedResult: false, "": false} {
		client, _ := simulator(t, pages)
		got := simulate(t, client, map[string]any{"action_names": []any{"kms:Decrypt"}}).Get("all_allowed").(bool)

		if got != want {
			t.Errorf("%s: got %t, want %t", pages, got, want)
		}
	}
}

// Every argument of the data source is in the request under the API's name for it.
func TestSimulationArgumentsAreSent(t *testing.T) {
	client, requests := simulator(t, allowedResult)
	simulate(t, client, map[string]any{
		"action_names": []any{"kms:Decrypt"}, "additional_policies_json": []any{`{"a":1}`},
		"permissions_boundary_policies_json": []any{`{"b":1}`}, "resource_arns": []any{"arn:aws:s3:::bucket/prefix/*"},
	})
	want := url.Values{
		"Action": {"SimulatePrincipalPolicy"}, "Version": {"2010-05-08"}, "MaxItems": {"1000"}, "PolicySourceArn": {roleARN},
		"ActionNames.member.1": {"kms:Decrypt"}, "PolicyInputList.member.1": {`{"a":1}`},
		"PermissionsBoundaryPolicyInputList.member.1": {`{"b":1}`}, "ResourceArns.member.1": {"arn:aws:s3:::bucket/prefix/*"},
	}

	if !reflect.DeepEqual((*requests)[0], want) {
		t.Errorf("got %v, want %v", (*requests)[0], want)
	}
}

// Only ARNs are taken where the data source wants ARNs: not a star, which the API itself would take.
func TestResourcesMustBeARNs(t *testing.T) {
	for value, want := range map[string]string{
		"*":                    `"resource_arns" (*) is an invalid ARN: arn: invalid prefix`,
		"arn:aws:s3:::":        `"resource_arns" (arn:aws:s3:::) is an invalid ARN: missing resource value`,
		"arn::s3:::b":          `"resource_arns" (arn::s3:::b) is an invalid ARN: missing partition value`,
		"arn:nowhere:s3:::b":   `"resource_arns" (arn:nowhere:s3:::b) is an invalid ARN: invalid partition value (expecting to match regular expression: ^aws(-[a-z]+)*$)`,
		"arn:aws:kms:x::key/k": `"resource_arns" (arn:aws:kms:x::key/k) is an invalid ARN: invalid region value (expecting to match regular expression: ^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$)`,
	} {
		_, errs := validARN(value, "resource_arns")

		if len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("%s: got %v, want %s", value, errs, want)
		}
	}
}
