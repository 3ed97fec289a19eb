// aws.ssm.Document, and the data source that reads one.
package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

var documentNameFormat = regexp.MustCompile(`^[0-9A-Za-z_.-]{3,128}$`)

func resourceDocument() *schema.Resource {
	fields := texts(withTags(map[string]*schema.Schema{
		"content":         required(),
		"document_format": withDefault(schema.TypeString, string(types.DocumentFormatJson)),
		"document_type":   forceNew(required()),
		"name":            forceNew(validated(required(), validation.StringMatch(documentNameFormat, "must be 3 to 128 of [0-9A-Za-z_.-]"))),
		"platform_types":  {Type: schema.TypeList, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"target_type":     optional(schema.TypeString),
		"version_name":    optional(schema.TypeString),
	}), "arn", "created_date", "default_version", "description", "document_version", "hash", "hash_type", "latest_version", "owner",
		"schema_version", "status")
	return kind{
		title:  "SSM Document",
		gone:   []string{"InvalidDocument"},
		fields: fields,
		plan:   planDocument,
		create: createDocument,
		read:   readDocument,
		update: updateDocument,
		remove: removeDocument,
	}.resource()
}

func planDocument(ctx context.Context, d *schema.ResourceDiff, meta any) error {
	errs := []error{planTags(ctx, d, meta)}
	if d.Id() != "" && d.HasChange("content") {
		for _, name := range []string{"default_version", "document_version", "hash", "latest_version"} {
			errs = append(errs, d.SetNewComputed(name))
		}
	}
	return errors.Join(errs...)
}

func ssmTag(key, value *string) types.Tag {
	return types.Tag{Key: key, Value: value}
}

func createDocument(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := d.Get("name").(string)
	_, err := c.ssm(d).CreateDocument(ctx, &ssm.CreateDocumentInput{
		Content:        aws.String(d.Get("content").(string)),
		DocumentFormat: types.DocumentFormat(d.Get("document_format").(string)),
		DocumentType:   types.DocumentType(d.Get("document_type").(string)),
		Name:           aws.String(name),
		Tags:           convertTags(c.mergedTags(d.Get("tags")), ssmTag),
		TargetType:     nonEmpty(d.Get("target_type")),
		VersionName:    nonEmpty(d.Get("version_name")),
	})
	return name, err
}

func readDocument(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	conn := c.ssm(d)
	output, err := conn.DescribeDocument(ctx, &ssm.DescribeDocumentInput{Name: aws.String(d.Id())})
	if err != nil {
		return nil, err
	}
	doc := output.Document
	content, err := conn.GetDocument(ctx, &ssm.GetDocumentInput{
		DocumentFormat: doc.DocumentFormat, DocumentVersion: aws.String("$LATEST"), Name: aws.String(d.Id()),
	})
	if err != nil {
		return nil, fmt.Errorf("its content: %w", err)
	}
	platforms := []string{}
	for _, platform := range doc.PlatformTypes {
		platforms = append(platforms, string(platform))
	}
	return map[string]any{
		"arn": c.documentARN(d, d.Id()), "content": content.Content, "created_date": rfc3339(doc.CreatedDate),
		"default_version": doc.DefaultVersion, "description": doc.Description, "document_format": string(doc.DocumentFormat),
		"document_type": string(doc.DocumentType), "document_version": doc.DocumentVersion, "hash": doc.Hash,
		"hash_type": string(doc.HashType), "latest_version": doc.LatestVersion, "name": doc.Name, "owner": doc.Owner,
		"platform_types": platforms, "schema_version": doc.SchemaVersion, "status": string(doc.Status),
		"tags_all":    tagMap(doc.Tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }),
		"target_type": doc.TargetType, "version_name": doc.VersionName,
	}, nil
}

func (c *awsClient) documentARN(d *schema.ResourceData, name string) string {
	return arn.ARN{
		Partition: c.partition, Service: "ssm", Region: c.regionOf(d), AccountID: c.accountID, Resource: "document/" + name,
	}.String()
}

func updateDocument(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn := c.ssm(d)
	if d.HasChangesExcept("tags", "tags_all") {
		if err := newDocumentVersion(ctx, d, conn); err != nil {
			return err
		}
	}
	id, kind := aws.String(d.Id()), types.ResourceTypeForTaggingDocument
	return retag(d, func(keys []string) error {
		_, err := conn.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{ResourceId: id, ResourceType: kind, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{
			ResourceId: id, ResourceType: kind, Tags: convertTags(tags, ssmTag),
		})
		return err
	})
}

func newDocumentVersion(ctx context.Context, d *schema.ResourceData, conn *ssm.Client) error {
	version := d.Get("latest_version").(string)
	output, err := conn.UpdateDocument(ctx, &ssm.UpdateDocumentInput{
		Content:         aws.String(d.Get("content").(string)),
		DocumentFormat:  types.DocumentFormat(d.Get("document_format").(string)),
		DocumentVersion: aws.String("$LATEST"),
		Name:            aws.String(d.Id()),
		TargetType:      nonEmpty(d.Get("target_type")),
		VersionName:     nonEmpty(d.Get("version_name")),
	})
	switch {
	case isError(err, "DuplicateDocumentContent"):
	case err != nil:
		return err
	default:
		version = aws.ToString(output.DocumentDescription.DocumentVersion)
	}
	_, err = conn.UpdateDocumentDefaultVersion(ctx, &ssm.UpdateDocumentDefaultVersionInput{
		DocumentVersion: aws.String(version), Name: aws.String(d.Id()),
	})
	return err
}

func removeDocument(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	_, err := c.ssm(d).DeleteDocument(ctx, &ssm.DeleteDocumentInput{Name: aws.String(d.Id())})
	return err
}

func dataDocument() *schema.Resource {
	return source{title: "SSM Document", read: lookUpDocument, fields: texts(map[string]*schema.Schema{
		"document_format":  withDefault(schema.TypeString, string(types.DocumentFormatJson)),
		"document_version": optional(schema.TypeString),
		"name":             required(),
	}, "arn", "content", "document_type")}.resource()
}

func lookUpDocument(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	name := d.Get("name").(string)
	output, err := c.ssm(d).GetDocument(ctx, &ssm.GetDocumentInput{
		DocumentFormat: types.DocumentFormat(d.Get("document_format").(string)), Name: aws.String(name),
		DocumentVersion: nonEmpty(d.Get("document_version")),
	})
	if err != nil {
		return name, nil, err
	}
	documentName := name
	if !strings.HasPrefix(name, "AWS-") {
		documentName = c.documentARN(d, name)
	}
	return aws.ToString(output.Name), map[string]any{
		"arn": documentName, "content": output.Content, "document_format": string(output.DocumentFormat),
		"document_type": string(output.DocumentType), "document_version": output.DocumentVersion, "name": output.Name,
	}, nil
}
