// CloudWatch Logs, ECS and Systems Manager: log groups, clusters, task definitions, documents.
package main

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

var logGroup = kind{
	title: "CloudWatch Logs Log Group", named: "name", id: "LogGroupName", regional: true, gone: []string{"ResourceNotFoundException"},
	tags: &tagging{
		resource: func(o op) record { return record{"ResourceArn": o.Get("arn")} },
		list:     "logs:ListTagsForResource", write: "logs:TagResource", remove: "logs:UntagResource",
	},
	fields: attributes{
		"arn":               aString(computed),
		"kms_key_id":        aString(optional, validated(validARN)),
		"name":              aString(optional, computed, forceNew),
		"retention_in_days": anInt(withDefault(0)),
	},
	names: names{"name": "LogGroupName"},
	create: func(o op, name string) string {
		o.ask("logs:CreateLogGroup", join(record{"LogGroupName": name}, o.given("kms_key_id"), o.newTags()))
		return name
	},
	complete: func(o op) {
		if days := o.given("retention_in_days"); len(days) > 0 {
			o.ask("logs:PutRetentionPolicy", o.about(days))
		}
	},
	read: readLogGroup,
	changes: []change{
		{[]string{"retention_in_days"}, either("retention_in_days", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy")},
		{[]string{"kms_key_id"}, either("kms_key_id", "logs:AssociateKmsKey", "logs:DisassociateKmsKey")},
	},
	remove: sending("logs:DeleteLogGroup"),
}

// readLogGroup compares the names it finds: the API can only search by prefix.
func readLogGroup(o op) record {
	for _, group := range o.all("logs:DescribeLogGroups", record{"LogGroupNamePrefix": o.Id()}, "LogGroups") {
		if group["LogGroupName"] == o.Id() {
			name := record{"Arn": strings.TrimSuffix(text(group["Arn"]), ":*")}
			tags := o.ask("logs:ListTagsForResource", record{"ResourceArn": name["Arn"]})
			return join(group, tags, name)
		}
	}
	return nil
}

var ecsCluster = kind{
	title: "ECS Cluster", named: "name", id: "Cluster", regional: true, gone: []string{"ClusterNotFoundException"},
	tags: &tagging{
		resource: func(o op) record { return record{"ResourceArn": o.Id()} },
		list:     "ecs:ListTagsForResource", write: "ecs:TagResource", remove: "ecs:UntagResource",
		key: "Key", value: "Value",
	},
	fields: attributes{
		"arn":           aString(computed),
		"configuration": block(attributes{"execute_command_configuration": block(executeCommandFields)}),
		"name":          aString(required, forceNew),
	},
	names: names{"arn": "ClusterArn", "name": "ClusterName", "s3_bucket_encryption_enabled": "S3EncryptionEnabled"},
	create: func(o op, _ string) string {
		answer := o.ask("ecs:CreateCluster", join(o.given("name", "configuration"), o.newTags()))
		return text(member(answer, "Cluster")["ClusterArn"])
	},
	read: func(o op) record {
		answer := o.ask("ecs:DescribeClusters", record{"Clusters": []string{o.Id()}, "Include": []string{"CONFIGURATIONS", "TAGS"}})
		for _, cluster := range records(answer["Clusters"]) {
			if cluster["Status"] != "INACTIVE" {
				return cluster
			}
		}
		return nil
	},
	changes: []change{{[]string{"configuration"}, sending("ecs:UpdateCluster", "configuration")}},
	remove:  sending("ecs:DeleteCluster"),
}

var executeCommandFields = attributes{
	"kms_key_id": aString(optional),
	"log_configuration": block(attributes{
		"cloud_watch_encryption_enabled": aBool(optional),
		"cloud_watch_log_group_name":     aString(optional),
		"s3_bucket_encryption_enabled":   aBool(optional),
		"s3_bucket_name":                 aString(optional),
		"s3_key_prefix":                  aString(optional),
	}),
	"logging": aString(oneOf("DEFAULT", "NONE", "DEFAULT", "OVERRIDE")),
}

var ssmDocument = kind{
	title: "SSM Document", named: "name", id: "Name", regional: true, gone: []string{"InvalidDocument"},
	tags: &tagging{
		resource: func(o op) record { return record{"ResourceId": o.Id(), "ResourceType": "Document"} },
		list:     "ssm:ListTagsForResource", write: "ssm:AddTagsToResource", remove: "ssm:RemoveTagsFromResource",
		key: "Key", value: "Value",
	},
	fields: texts(attributes{
		"content":         aString(required),
		"document_format": aString(withDefault("JSON")),
		"document_type":   aString(required, forceNew),
		"name":            aString(required, forceNew),
	}, "arn", "latest_version"),
	create: func(o op, name string) string {
		o.ask("ssm:CreateDocument", join(o.given("content", "document_format", "document_type", "name"), o.newTags()))
		return name
	},
	read: func(o op) record {
		found := member(o.ask("ssm:DescribeDocument", o.about()), "Document")
		latest := o.about(record{"DocumentFormat": found["DocumentFormat"], "DocumentVersion": "$LATEST"})
		content := o.ask("ssm:GetDocument", latest)["Content"]
		return join(found, record{"Arn": o.documentARN(o.Id()), "Content": content})
	},
	changes: []change{{[]string{"content", "document_format"}, newDocumentVersion}},
	remove:  sending("ssm:DeleteDocument"),
}

func (o op) documentARN(name string) string {
	return arn.ARN{Partition: o.partition, Service: "ssm", Region: o.region(), AccountID: o.accountID, Resource: "document/" + name}.String()
}

// newDocumentVersion makes a version and then the default of it. AWS refuses a version with the content of another one.
func newDocumentVersion(o op) {
	version := o.Get("latest_version")
	err := attempt(func() {
		answer := o.ask("ssm:UpdateDocument", o.about(record{"DocumentVersion": "$LATEST"}, o.given("content", "document_format")))
		version = member(answer, "DocumentDescription")["DocumentVersion"]
	})
	if !isError(err, "DuplicateDocumentContent") {
		check(err)
	}
	o.ask("ssm:UpdateDocumentDefaultVersion", o.about(record{"DocumentVersion": version}))
}

var getDocument = kind{
	title: "SSM Document", named: "name", regional: true,
	fields: texts(attributes{
		"document_format": aString(withDefault("JSON")),
		"name":            aString(required),
	}, "arn", "content", "document_type"),
	read: func(o op) record {
		answer := o.ask("ssm:GetDocument", o.given("document_format", "name"))
		if strings.HasPrefix(o.Id(), "AWS-") {
			return join(answer, record{"Arn": o.Id()})
		}
		return join(answer, record{"Arn": o.documentARN(o.Id())})
	},
}
