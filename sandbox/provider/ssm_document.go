// aws.ssm.Document, and the data source that reads one.
package main

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

var documentNameFormat = regexp.MustCompile(`^[0-9A-Za-z_.-]{3,128}$`)

func resourceDocument() *schema.Resource {
	fields := withTags(map[string]*schema.Schema{
		"content":         required(),
		"document_format": withDefault(schema.TypeString, string(types.DocumentFormatJson)),
		"document_type":   forceNew(required()),
		"name":            forceNew(validated(required(), validation.StringMatch(documentNameFormat, "must be 3 to 128 of [0-9A-Za-z_.-]"))),
		"platform_types":  {Type: schema.TypeList, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"target_type":     optional(schema.TypeString),
		"version_name":    optional(schema.TypeString),
	})
	for _, name := range []string{
		"arn", "created_date", "default_version", "description", "document_version", "hash", "hash_type", "latest_version", "owner",
		"schema_version", "status",
	} {
		fields[name] = computed(schema.TypeString)
	}
	return &schema.Resource{
		CreateContext: documentCreate,
		ReadContext:   documentRead,
		UpdateContext: documentUpdate,
		DeleteContext: documentDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: planDocument,
		Schema:        fields,
	}
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

func documentCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := d.Get("name").(string)
	_, err := ssmClient(d, meta).CreateDocument(ctx, &ssm.CreateDocumentInput{
		Content:        aws.String(d.Get("content").(string)),
		DocumentFormat: types.DocumentFormat(d.Get("document_format").(string)),
		DocumentType:   types.DocumentType(d.Get("document_type").(string)),
		Name:           aws.String(name),
		Tags:           convertTags(d, meta, ssmTag),
		TargetType:     nonEmpty(d.Get("target_type")),
		VersionName:    nonEmpty(d.Get("version_name")),
	})
	if err != nil {
		return diag.Errorf("creating SSM Document (%s): %s", name, err)
	}
	d.SetId(name)
	return documentRead(ctx, d, meta)
}

func documentRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn := ssmClient(d, meta)
	output, err := conn.DescribeDocument(ctx, &ssm.DescribeDocumentInput{Name: aws.String(d.Id())})
	if isError(err, "InvalidDocument") && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading SSM Document (%s): %s", d.Id(), err)
	}
	doc := output.Document
	content, err := conn.GetDocument(ctx, &ssm.GetDocumentInput{
		DocumentFormat: doc.DocumentFormat, DocumentVersion: aws.String("$LATEST"), Name: aws.String(d.Id()),
	})
	if err != nil {
		return diag.Errorf("reading SSM Document (%s) content: %s", d.Id(), err)
	}
	tags, platforms := map[string]string{}, []string{}
	for _, tag := range doc.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	for _, platform := range doc.PlatformTypes {
		platforms = append(platforms, string(platform))
	}
	return diag.FromErr(errors.Join(setTags(d, meta, tags), setAll(d, map[string]any{
		"arn": documentARN(d, meta, d.Id()), "content": content.Content, "created_date": rfc3339(doc.CreatedDate),
		"default_version": doc.DefaultVersion, "description": doc.Description, "document_format": string(doc.DocumentFormat),
		"document_type": string(doc.DocumentType), "document_version": doc.DocumentVersion, "hash": doc.Hash,
		"hash_type": string(doc.HashType), "latest_version": doc.LatestVersion, "name": doc.Name, "owner": doc.Owner,
		"platform_types": platforms, "region": regionOf(d, meta), "schema_version": doc.SchemaVersion, "status": string(doc.Status),
		"target_type": doc.TargetType, "version_name": doc.VersionName,
	})))
}

func documentARN(d *schema.ResourceData, meta any, name string) string {
	c := meta.(*awsClient)
	return arn.ARN{
		Partition: c.partition, Service: "ssm", Region: regionOf(d, meta), AccountID: c.accountID, Resource: "document/" + name,
	}.String()
}

func documentUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn := ssmClient(d, meta)
	if d.HasChangesExcept("tags", "tags_all") {
		if err := newDocumentVersion(ctx, d, conn); err != nil {
			return diag.Errorf("updating SSM Document (%s): %s", d.Id(), err)
		}
	}
	id, kind := aws.String(d.Id()), types.ResourceTypeForTaggingDocument
	err := retag(d, func(keys []string) error {
		_, err := conn.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{ResourceId: id, ResourceType: kind, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{
			ResourceId: id, ResourceType: kind, Tags: convertMap(tags, ssmTag),
		})
		return err
	})
	if err != nil {
		return diag.Errorf("updating SSM Document (%s): %s", d.Id(), err)
	}
	return documentRead(ctx, d, meta)
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

func documentDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	_, err := ssmClient(d, meta).DeleteDocument(ctx, &ssm.DeleteDocumentInput{Name: aws.String(d.Id())})
	if err != nil && !isError(err, "InvalidDocument") {
		return diag.Errorf("deleting SSM Document (%s): %s", d.Id(), err)
	}
	return nil
}

func dataDocument() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataDocumentRead,
		Schema: map[string]*schema.Schema{
			"arn":              computed(schema.TypeString),
			"content":          computed(schema.TypeString),
			"document_format":  withDefault(schema.TypeString, string(types.DocumentFormatJson)),
			"document_type":    computed(schema.TypeString),
			"document_version": optional(schema.TypeString),
			"name":             required(),
		},
	}
}

func dataDocumentRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := d.Get("name").(string)
	output, err := ssmClient(d, meta).GetDocument(ctx, &ssm.GetDocumentInput{
		DocumentFormat: types.DocumentFormat(d.Get("document_format").(string)), Name: aws.String(name),
		DocumentVersion: nonEmpty(d.Get("document_version")),
	})
	if err != nil {
		return diag.Errorf("reading SSM Document (%s): %s", name, err)
	}
	d.SetId(aws.ToString(output.Name))
	documentName := name
	if !strings.HasPrefix(name, "AWS-") {
		documentName = documentARN(d, meta, name)
	}
	return diag.FromErr(setAll(d, map[string]any{
		"arn": documentName, "content": output.Content, "document_format": string(output.DocumentFormat),
		"document_type": string(output.DocumentType), "document_version": output.DocumentVersion, "name": output.Name,
		"region": regionOf(d, meta),
	}))
}
