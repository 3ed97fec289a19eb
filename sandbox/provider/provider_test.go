// What the engine's tests cannot reach: the schemas' own consistency, and the configuration's way to the AWS SDK.
package main

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// testClient configures a provider as a program would, with credentials, a Region and nothing that calls AWS.
func testClient(t *testing.T, extra map[string]any) *awsClient {
	t.Helper()
	raw := map[string]any{
		"access_key": "key", "secret_key": "secret", "region": "eu-west-1", "max_retries": 1,
		"skip_credentials_validation": true, "skip_requesting_account_id": true,
	}
	for name, value := range extra {
		raw[name] = value
	}
	client, err := newClient(t.Context(), schema.TestResourceDataRaw(t, providerSchema(), raw))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Each schema is one that Terraform's SDK accepts, and each token one that the bridge accepts.
func TestSchemasAreConsistent(t *testing.T) {
	info := providerInfo()

	if err := provider().InternalValidate(); err != nil {
		t.Error(err)
	}
	if err := info.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

// An endpoint counts for its service; those that are left out are not there.
func TestEndpointsAreFoundByService(t *testing.T) {
	client := testClient(t, map[string]any{"endpoints": []any{map[string]any{
		"iam": "http://iam", "logs": "http://logs", "s3": "http://s3",
	}}})
	want := map[string]string{"iam": "http://iam", "logs": "http://logs", "s3": "http://s3"}

	if !reflect.DeepEqual(client.endpoints, want) {
		t.Errorf("got %v, want %v", client.endpoints, want)
	}
}

// The partition is the Region's own, without a call to AWS, when nothing may be asked.
func TestPartitionFollowsTheRegion(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso", "eusc-de-east-1": "aws-eusc",
	} {
		got := testClient(t, map[string]any{"region": region}).partition

		if got != want {
			t.Errorf("%s: got %q, want %q", region, got, want)
		}
	}
}

// A failing call is made as often as maxRetries says, and no more.
func TestMaxRetriesBoundsTheAttempts(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer server.Close()
	client := testClient(t, map[string]any{"max_retries": 2, "endpoints": []any{map[string]any{"iam": server.URL}}})
	err := op{t.Context(), (&schema.Resource{}).Data(nil), client, kind{}}.do("iam:GetRole", record{"RoleName": "web"})

	if err == nil || calls != 2 {
		t.Errorf("got %d calls and error %v, want 2 calls and an error", calls, err)
	}
}

// The provider's default tags reach a resource unless it has the same key itself.
func TestOwnTagsWinOverDefaultTags(t *testing.T) {
	client := testClient(t, map[string]any{"default_tags": []any{map[string]any{"tags": map[string]any{"team": "x", "env": "dev"}}}})
	got := client.mergedTags(map[string]any{"env": "prod"})
	want := map[string]string{"team": "x", "env": "prod"}

	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
