// What the engine's tests cannot reach: whether the schemas and the calls are consistent, and answers that moto does not give.
package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// stub answers each call with the next of these bodies, and keeps the action and page that were asked for.
func stub(t *testing.T, answers ...string) (op, *[]string) {
	t.Helper()
	asked := &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.FormValue("Action")+r.FormValue("Marker"))
		_, _ = fmt.Fprint(w, answers[len(*asked)-1])
	}))
	t.Cleanup(server.Close)
	// An endpoint counts for its service.
	endpoints := map[string]any{"iam": server.URL, "s3": "http://elsewhere"}
	client, err := newClient(t.Context(), schema.TestResourceDataRaw(t, providerSchema(), map[string]any{
		"access_key": "key", "secret_key": "secret", "region": "eu-west-1", "endpoints": []any{endpoints},
		"skip_credentials_validation": true, "skip_requesting_account_id": true,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return op{t.Context(), (&schema.Resource{}).Data(nil), client, kind{}}, asked
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

// A list is read to its end.
func TestAllPagesAreRead(t *testing.T) {
	page := `<ListRolePoliciesResponse><ListRolePoliciesResult><IsTruncated>%t</IsTruncated><Marker>%s</Marker>
<PolicyNames><member>%s</member></PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>`
	o, asked := stub(t, fmt.Sprintf(page, true, "next", "a"), fmt.Sprintf(page, false, "", "b"))
	got := o.inlineNames("web")

	if want := []string{"a", "b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := []string{"ListRolePolicies", "ListRolePoliciesnext"}; !reflect.DeepEqual(*asked, want) {
		t.Errorf("got %v, want %v", *asked, want)
	}
}

// A step goes on after a failure, and all failures are told.
func TestAFailureDoesNotKeepTheOthersFromBeingTried(t *testing.T) {
	tried := ""
	err := attempt(func() {
		each([]string{"a", "b"}, func(item string) error {
			tried += item
			return errors.New("no " + item)
		})
	})

	if want := "no a\nno b"; err == nil || err.Error() != want || tried != "ab" {
		t.Errorf("got %v after %q, want %s", err, tried, want)
	}
}

// Every call in the sources is one of a method of AWS's SDK.
func TestEveryCallIsOneOfTheSDK(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	o, _ := stub(t)
	found := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`"([a-z0-9]+):([A-Z]\w+)"`).FindAllStringSubmatch(string(content), -1) {
			found++
			if service := clients[call[1]]; service == nil || !reflect.ValueOf(service(o.awsClient, "")).MethodByName(call[2]).IsValid() {
				t.Errorf("%s: %s is no call", source, call[0])
			}
		}
	}

	if found < len(clients) {
		t.Errorf("found %d calls", found)
	}
}

// A member that the API does not have is an error, so that a wrong name in a table is seen at once.
func TestUnknownMembersAreRefused(t *testing.T) {
	o, asked := stub(t)
	err := o.do("iam:GetRole", record{"RoleNam": "web"})

	if want := `json: unknown field "RoleNam"`; err == nil || err.Error() != want || len(*asked) != 0 {
		t.Errorf("got %v after %v, want %s", err, *asked, want)
	}
}
