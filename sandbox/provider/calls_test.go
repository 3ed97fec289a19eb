// How a call is made, in pages and again, and what becomes of its answer, with a stub of AWS over HTTP.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// stub answers each call with the next of these bodies, and the last one from then on; those of an error have its status.
func stub(t *testing.T, service string, answers ...string) (op, *[]string) {
	t.Helper()
	asked := &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		*asked = append(*asked, r.PostForm.Get("Action")+r.PostForm.Get("Marker"))
		answer := answers[min(len(*asked), len(answers))-1]
		if answer[0] != '<' && answer[0] != '{' {
			w.WriteHeader(http.StatusConflict)
			answer = fmt.Sprintf(`<ErrorResponse><Error><Code>%s</Code><Message>m</Message></Error></ErrorResponse>`, answer)
		}
		_, _ = fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	client := testClient(t, map[string]any{"endpoints": []any{map[string]any{service: server.URL}}})
	client.patience = time.Second
	return op{t.Context(), (&schema.Resource{}).Data(nil), client, kind{}}, asked
}

// A list is read to its end, whichever way the API has of naming the next page.
func TestAllPagesAreRead(t *testing.T) {
	page := `<ListRolePoliciesResponse><ListRolePoliciesResult><IsTruncated>%t</IsTruncated><Marker>%s</Marker>
<PolicyNames><member>%s</member></PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>`
	o, asked := stub(t, "iam", fmt.Sprintf(page, true, "next", "a"), fmt.Sprintf(page, false, "", "b"))
	got := o.inlineNames("web")

	if want := []string{"a", "b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := []string{"ListRolePolicies", "ListRolePoliciesnext"}; !reflect.DeepEqual(*asked, want) {
		t.Errorf("got %v, want %v", *asked, want)
	}
}

// What somebody else writes at the same time is waited for, as long as the provider is patient, and nothing else is.
func TestConcurrentModificationIsTriedAgain(t *testing.T) {
	for answers, want := range map[string]struct {
		calls  int
		failed bool
	}{
		`["ConcurrentModification","<AttachRolePolicyResponse/>"]`: {2, false},
		`["ConcurrentModification"]`:                               {2, true},
		`["LimitExceeded","<AttachRolePolicyResponse/>"]`:          {1, true},
	} {
		var all []string
		if err := json.Unmarshal([]byte(answers), &all); err != nil {
			t.Fatal(err)
		}
		o, asked := stub(t, "iam", all...)
		err := o.attach("web", "arn:aws:iam::aws:policy/x")

		if len(*asked) != want.calls || (err != nil) != want.failed {
			t.Errorf("%s: got %d calls and error %v, want %v", answers, len(*asked), err, want)
		}
	}
}

// A setting shortens how patient the provider is; without it, it is as patient as the real one.
func TestPatienceCanBeShortened(t *testing.T) {
	for seconds, want := range map[string]time.Duration{"": 2 * time.Minute, "1.5": 1500 * time.Millisecond} {
		t.Setenv("SANDBOX_RETRY_SECONDS", seconds)
		got := testClient(t, nil).patience

		if got != want {
			t.Errorf("%q: got %s, want %s", seconds, got, want)
		}
	}
}

// Attributes and members differ in `_` and in case alone, blocks are records, and what is empty is not sent.
func TestAttributesAreTheMembersOfTheAPI(t *testing.T) {
	fields := attributes{"kms_key_id": aString(optional), "configuration": block(attributes{
		"s3_bucket_name": aString(optional), "s3_key_prefix": aString(optional), "encrypted": aBool(optional),
	})}
	d := schema.TestResourceDataRaw(t, fields, map[string]any{
		"configuration": []any{map[string]any{"s3_bucket_name": "logs", "s3_key_prefix": "", "encrypted": true}},
	})
	sent := op{t.Context(), d, nil, kind{names: names{"encrypted": "S3Encrypted"}}}.given("kms_key_id", "configuration")
	read := names{"encrypted": "S3Encrypted"}.fromAPI(fields, record{
		"KMSKeyID": "k", "Configuration": record{"S3BucketName": "logs", "S3Encrypted": true}, "Other": 1,
	})

	if want := (record{"configuration": record{"s3bucketname": "logs", "S3Encrypted": true}}); !reflect.DeepEqual(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}
	want := map[string]any{"kms_key_id": "k", "configuration": []any{map[string]any{"s3_bucket_name": "logs", "encrypted": true}}}
	if !reflect.DeepEqual(read, want) {
		t.Errorf("read %v, want %v", read, want)
	}
}

// Every call in the sources is one of a method of AWS's SDK.
func TestEveryCallIsOneOfTheSDK(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found, client := 0, testClient(t, nil)
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
			if service := clients[call[1]]; service == nil || !reflect.ValueOf(service(client, "")).MethodByName(call[2]).IsValid() {
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
	o, asked := stub(t, "iam", "<GetRoleResponse/>")
	err := o.do("iam:GetRole", record{"RoleNam": "web"})

	if want := `json: unknown field "RoleNam"`; err == nil || err.Error() != want || len(*asked) != 0 {
		t.Errorf("got %v after %v, want %s", err, *asked, want)
	}
}
