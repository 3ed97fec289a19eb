// What Session Manager and ECS Exec write to, and what leads to a role: log groups, clusters, documents, instances, tasks.
package main

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceLogGroup() *schema.Resource {
	group := func(o op) record { return record{"LogGroupName": o.Id()} }
	tags := &tagging{
		resource: func(o op) record { return record{"ResourceArn": o.Get("arn")} },
		list:     "logs:ListTagsForResource", write: "logs:TagResource", remove: "logs:UntagResource",
	}
	retain := either("retention_in_days", group, "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy")
	encrypt := either("kms_key_id", group, "logs:AssociateKmsKey", "logs:DisassociateKmsKey")
	return kind{
		title: "CloudWatch Logs Log Group",
		gone:  []string{"ResourceNotFoundException"},
		tags:  tags,
		fields: withTags(map[string]*schema.Schema{
			"arn":               computed(schema.TypeString),
			"kms_key_id":        validated(optional(schema.TypeString), validARN),
			"name":              nameInstead("name_prefix", nil),
			"name_prefix":       nameInstead("name", nil),
			"retention_in_days": withDefault(schema.TypeInt, 0),
		}),
		names: names{"name": "LogGroupName"},
		create: func(o op) (string, error) {
			name := o.chosenName("name", "name_prefix")
			if err := o.do("logs:CreateLogGroup", join(record{"LogGroupName": name}, o.given("kms_key_id"), tags.new(o))); err != nil {
				return name, err
			}
			o.SetId(name)
			if o.Get("retention_in_days").(int) == 0 {
				return name, nil
			}
			return name, retain(o)
		},
		read:    readLogGroup,
		changes: []change{{[]string{"retention_in_days"}, retain}, {[]string{"kms_key_id"}, encrypt}},
		remove:  sending("logs:DeleteLogGroup", group),
	}.resource()
}

// readLogGroup finds nothing, without an error, when there is no such group: the API can only search by prefix.
func readLogGroup(o op) (record, error) {
	groups, err := o.all("logs:DescribeLogGroups", record{"LogGroupNamePrefix": o.Id()}, "LogGroups")
	for _, group := range groups {
		if group["LogGroupName"] == o.Id() {
			name := strings.TrimSuffix(text(group["Arn"]), ":*")
			tags, err := o.ask("logs:ListTagsForResource", record{"ResourceArn": name})
			return join(group, tags, record{"Arn": name, "NamePrefix": prefixOf(o.Id())}), err
		}
	}
	return nil, err
}

func resourceCluster() *schema.Resource {
	cluster := func(o op) record { return record{"Cluster": o.Id()} }
	tags := &tagging{
		resource: func(o op) record { return record{"ResourceArn": o.Id()} }, key: "Key", value: "Value",
		list:  "ecs:ListTagsForResource",
		write: "ecs:TagResource", remove: "ecs:UntagResource",
	}
	return kind{
		title: "ECS Cluster",
		gone:  []string{"ClusterNotFoundException"},
		tags:  tags,
		fields: withTags(map[string]*schema.Schema{
			"arn":           computed(schema.TypeString),
			"configuration": block(map[string]*schema.Schema{"execute_command_configuration": block(executeCommandSchema())}),
			"name":          forceNew(required()),
		}),
		names: names{"arn": "ClusterArn", "name": "ClusterName", "s3_bucket_encryption_enabled": "S3EncryptionEnabled"},
		create: func(o op) (string, error) {
			answer, err := o.ask("ecs:CreateCluster", join(o.given("name", "configuration"), tags.new(o)))
			if err != nil {
				return o.Get("name").(string), err
			}
			return text(member(answer, "Cluster")["ClusterArn"]), nil
		},
		read: func(o op) (record, error) {
			answer, err := o.ask("ecs:DescribeClusters", record{"Clusters": []string{o.Id()}, "Include": []string{"CONFIGURATIONS", "TAGS"}})
			for _, cluster := range records(answer["Clusters"]) {
				if cluster["Status"] != "INACTIVE" {
					return cluster, err
				}
			}
			return nil, err
		},
		changes: []change{{[]string{"configuration"}, sending("ecs:UpdateCluster", cluster, "configuration")}},
		remove:  sending("ecs:DeleteCluster", cluster),
	}.resource()
}

func executeCommandSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"kms_key_id": optional(schema.TypeString),
		"log_configuration": block(map[string]*schema.Schema{
			"cloud_watch_encryption_enabled": optional(schema.TypeBool),
			"cloud_watch_log_group_name":     optional(schema.TypeString),
			"s3_bucket_encryption_enabled":   optional(schema.TypeBool),
			"s3_bucket_name":                 optional(schema.TypeString),
			"s3_key_prefix":                  optional(schema.TypeString),
		}),
		"logging": validated(withDefault(schema.TypeString, "DEFAULT"), validation.StringInSlice([]string{"NONE", "DEFAULT", "OVERRIDE"}, false)),
	}
}

func dataTaskDefinition() *schema.Resource {
	fields := texts(map[string]*schema.Schema{"revision": computed(schema.TypeInt), "task_definition": required()},
		"arn", "execution_role_arn", "family", "network_mode", "status", "task_role_arn")
	return source{
		title: "ECS Task Definition", fields: fields, names: names{"arn": "TaskDefinitionArn"},
		read: found("ecs:DescribeTaskDefinition", "task_definition", "TaskDefinition", "TaskDefinitionArn"),
	}.resource()
}

func dataInstance() *schema.Resource {
	fields := texts(map[string]*schema.Schema{"instance_id": required()}, "iam_instance_profile", "instance_state", "instance_type")
	return source{title: "EC2 Instance", fields: fields, read: func(o op) (string, record, error) {
		id := o.Get("instance_id").(string)
		found, err := describeInstance(o, o.awsClient, o.regionOf(o.ResourceData), id)
		if err != nil {
			return id, nil, err
		}
		profile := found.ProfileARN[strings.LastIndex(found.ProfileARN, "/")+1:]
		return id, record{"IamInstanceProfile": profile, "InstanceState": found.State, "InstanceType": found.Type}, nil
	}}.resource()
}

var documentNameFormat = regexp.MustCompile(`^[0-9A-Za-z_.-]{3,128}$`)

func resourceDocument() *schema.Resource {
	document := func(o op) record { return record{"Name": o.Id()} }
	tags := &tagging{
		resource: func(o op) record { return record{"ResourceId": o.Id(), "ResourceType": "Document"} }, key: "Key", value: "Value",
		list: "ssm:ListTagsForResource", write: "ssm:AddTagsToResource", remove: "ssm:RemoveTagsFromResource",
	}
	return kind{
		title: "SSM Document",
		gone:  []string{"InvalidDocument"},
		tags:  tags,
		plan:  planDocument,
		fields: texts(withTags(map[string]*schema.Schema{
			"content":         required(),
			"document_format": withDefault(schema.TypeString, "JSON"),
			"document_type":   forceNew(required()),
			"name":            forceNew(validated(required(), validation.StringMatch(documentNameFormat, "must be 3 to 128 of [0-9A-Za-z_.-]"))),
		}), "arn", "default_version", "description", "document_version", "hash", "latest_version", "schema_version", "status"),
		create: func(o op) (string, error) {
			return o.Get("name").(string), o.do("ssm:CreateDocument", join(o.given("content", "document_format", "document_type", "name"), tags.new(o)))
		},
		read: func(o op) (record, error) {
			answer, err := o.ask("ssm:DescribeDocument", document(o))
			if err != nil {
				return nil, err
			}
			found := member(answer, "Document")
			latest := record{"DocumentFormat": found["DocumentFormat"], "DocumentVersion": "$LATEST"}
			content, err := o.ask("ssm:GetDocument", join(document(o), latest))
			return join(found, record{"Arn": o.documentARN(o.Id()), "Content": content["Content"]}), err
		},
		changes: []change{{[]string{"content", "document_format"}, newDocumentVersion}},
		remove:  sending("ssm:DeleteDocument", document),
	}.resource()
}

func planDocument(_ context.Context, d *schema.ResourceDiff, _ any) (err error) {
	if d.Id() != "" && d.HasChange("content") {
		for _, name := range []string{"default_version", "document_version", "hash", "latest_version"} {
			err = errors.Join(err, d.SetNewComputed(name))
		}
	}
	return err
}

func (o op) documentARN(name string) string {
	return arn.ARN{
		Partition: o.partition, Service: "ssm", Region: o.regionOf(o.ResourceData), AccountID: o.accountID, Resource: "document/" + name,
	}.String()
}

func newDocumentVersion(o op) error {
	request := join(record{"Name": o.Id(), "DocumentVersion": "$LATEST"}, o.given("content", "document_format"))
	answer, err := o.ask("ssm:UpdateDocument", request)
	version := text(member(answer, "DocumentDescription")["DocumentVersion"])
	if isError(err, "DuplicateDocumentContent") {
		version, err = o.Get("latest_version").(string), nil
	}
	if err != nil {
		return err
	}
	return o.do("ssm:UpdateDocumentDefaultVersion", record{"Name": o.Id(), "DocumentVersion": version})
}

func dataDocument() *schema.Resource {
	return source{title: "SSM Document", fields: texts(map[string]*schema.Schema{
		"document_format":  withDefault(schema.TypeString, "JSON"),
		"document_version": optional(schema.TypeString),
		"name":             required(),
	}, "arn", "content", "document_type"), read: func(o op) (string, record, error) {
		name := o.Get("name").(string)
		answer, err := o.ask("ssm:GetDocument", o.given("document_format", "document_version", "name"))
		arn := name
		if !strings.HasPrefix(name, "AWS-") {
			arn = o.documentARN(name)
		}
		return name, join(answer, record{"Arn": arn}), err
	}}.resource()
}
