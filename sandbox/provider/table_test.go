// That the resource table is the real plugin's: what it says of each type, from "provider/resource_overrides.go" and
// "provider/autonaming.go" of pulumi-aws 7, for the properties that this provider has.
package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
)

// options are what the bridge is told of a type: whether its replacement deletes first, which properties are JSON documents, and
// which names it makes up, written as the longest name and what stays of it without the random end.
type options struct {
	deletesFirst bool
	documents    []string
	names        map[string]string
}

var realPlugin = map[string]options{
	"aws_cloudwatch_log_group":                           {names: map[string]string{"name": "255 Logical-"}},
	"aws_ecs_cluster":                                    {names: map[string]string{"name": "255 Logical-"}},
	"aws_iam_policy":                                     {names: map[string]string{"name": "255 Logical-"}, documents: []string{"policy"}},
	"aws_iam_policy_attachment":                          {names: map[string]string{"name": "255 Logical-"}, deletesFirst: true},
	"aws_iam_role":                                       {names: map[string]string{"name": "64 Logical-", "inline_policy.name": "128 Logical-"}, documents: []string{"assume_role_policy"}},
	"aws_iam_role_policies_exclusive":                    {},
	"aws_iam_role_policy":                                {names: map[string]string{"name": "255 Logical-"}, documents: []string{"policy"}},
	"aws_iam_role_policy_attachment":                     {deletesFirst: true},
	"aws_iam_role_policy_attachments_exclusive":          {},
	"aws_kms_alias":                                      {names: map[string]string{"name": "244 alias/Logical-"}},
	"aws_kms_key":                                        {},
	"aws_s3_bucket":                                      {names: map[string]string{"bucket": "63 logical-"}},
	"aws_s3_bucket_server_side_encryption_configuration": {},
	"aws_ssm_document":                                   {names: map[string]string{"name": "255 Logical-"}},
}

// Each type has the options that it has in the real plugin, and no others.
func TestTheResourceTableIsTheRealPlugins(t *testing.T) {
	got := map[string]options{}
	for name, info := range providerInfo().Resources {
		got[name] = optionsOf(t, info)
	}

	if !reflect.DeepEqual(got, realPlugin) {
		t.Errorf("got %v, want %v", got, realPlugin)
	}
}

func optionsOf(t *testing.T, info *tfbridge.ResourceInfo) options {
	t.Helper()
	result := options{deletesFirst: info.DeleteBeforeReplace}
	for path, field := range flat("", info.Fields) {
		if field.Default != nil {
			if result.names == nil {
				result.names = map[string]string{}
			}
			result.names[path] = madeUp(t, field)
		}
		if writesJSON(field) {
			result.documents = append(result.documents, path)
		}
	}
	return result
}

func flat(prefix string, all fields) fields {
	result := fields{}
	for name, field := range all {
		result[prefix+name] = field
		if field.Elem != nil {
			for path, inner := range flat(prefix+name+".", field.Elem.Fields) {
				result[path] = inner
			}
		}
	}
	return result
}

// madeUp asks for the names of a short and of an endless logical name.
func madeUp(t *testing.T, field *tfbridge.SchemaInfo) string {
	t.Helper()
	longest := 0
	for length := 1; ; length++ {
		name, err := nameFor(t, field, strings.Repeat("x", length))
		if err != nil {
			break
		}
		longest = len(name)
	}
	name, err := nameFor(t, field, "Logical")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", longest, name[:len(name)-7])
}

func nameFor(t *testing.T, field *tfbridge.SchemaInfo, logical string) (string, error) {
	t.Helper()
	name, err := field.Default.ComputeDefault(t.Context(), tfbridge.ComputeDefaultOptions{
		URN: urn.New("stack", "project", "", "aws:iam/role:Role", logical),
	})
	if err != nil {
		return "", err
	}
	return name.(string), nil
}

func writesJSON(field *tfbridge.SchemaInfo) bool {
	if field.Transform == nil {
		return false
	}
	value, err := field.Transform(resource.NewObjectProperty(resource.PropertyMap{}))
	return err == nil && value.IsString()
}
