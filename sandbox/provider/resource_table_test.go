// That the resource table is the real plugin's: what it says of each type, from "provider/resource_overrides.go" and
// "provider/autonaming.go" of pulumi-aws 7, for the properties that this provider has.
package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
)

// What the bridge is told: whether a replacement deletes first, which properties are JSON documents, and which names it makes up, written
// as the longest name and what stays of it without the random end.
var realPlugin = map[string]string{
	"aws_cloudwatch_log_group.name":   "255 Logical-",
	"aws_ecs_cluster.name":            "255 Logical-",
	"aws_iam_policy.name":             "255 Logical-",
	"aws_iam_policy.policy":           "JSON",
	"aws_iam_role.assume_role_policy": "JSON",
	"aws_iam_role.inline_policy.name": "128 Logical-",
	"aws_iam_role.name":               "64 Logical-",
	"aws_iam_role_policy.name":        "255 Logical-",
	"aws_iam_role_policy.policy":      "JSON",
	"aws_iam_role_policy_attachment":  "deleted first",
	"aws_kms_alias.name":              "244 alias/Logical-",
	"aws_s3_bucket.bucket":            "63 logical-",
	"aws_ssm_document.name":           "255 Logical-",
}

// Each type has the options that it has in the real plugin, and no others.
func TestTheResourceTableIsTheRealPlugins(t *testing.T) {
	got := map[string]string{}
	for name, info := range providerInfo().Resources {
		if info.DeleteBeforeReplace {
			got[name] = "deleted first"
		}
		addFields(t, got, name, info.Fields)
	}

	if !reflect.DeepEqual(got, realPlugin) {
		t.Errorf("got %v, want %v", got, realPlugin)
	}
}

func addFields(t *testing.T, all map[string]string, of string, its fields) {
	t.Helper()
	for name, field := range its {
		path := of + "." + name
		if field.Transform != nil {
			all[path] = "JSON"
		}
		if field.Default != nil {
			all[path] = madeUp(t, field)
		}
		if field.Elem != nil {
			addFields(t, all, path, field.Elem.Fields)
		}
	}
}

func madeUp(t *testing.T, field *tfbridge.SchemaInfo) string {
	t.Helper()
	nameFor := func(logical string) string {
		name, _ := field.Default.ComputeDefault(t.Context(), tfbridge.ComputeDefaultOptions{
			URN: urn.New("stack", "project", "", "aws:iam/role:Role", logical),
		})
		return text(name)
	}
	length := 1
	for nameFor(strings.Repeat("x", length+1)) != "" {
		length++
	}
	name := nameFor("Logical")
	return fmt.Sprintf("%d %s", len(nameFor(strings.Repeat("x", length))), name[:len(name)-7])
}
