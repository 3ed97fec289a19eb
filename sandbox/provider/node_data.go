// The data sources that lead from what runs the SSM agent to its role: an instance, its instance profile, an ECS task definition.
package main

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// texts are attributes that AWS computes, each a text.
func texts(fields map[string]*schema.Schema, names ...string) map[string]*schema.Schema {
	for _, name := range names {
		fields[name] = computed(schema.TypeString)
	}
	return fields
}

func dataInstance() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataInstanceRead,
		Schema:      texts(map[string]*schema.Schema{"instance_id": required()}, "iam_instance_profile", "instance_state", "instance_type"),
	}
}

func dataInstanceRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	id := d.Get("instance_id").(string)
	found, err := describeInstance(ctx, meta.(*awsClient), regionOf(d, meta), id)
	if err != nil {
		return diag.Errorf("reading EC2 Instance (%s): %s", id, err)
	}
	d.SetId(id)
	return diag.FromErr(setAll(d, map[string]any{
		"iam_instance_profile": found.ProfileARN[strings.LastIndex(found.ProfileARN, "/")+1:],
		"instance_state":       found.State, "instance_type": found.Type, "region": regionOf(d, meta),
	}))
}

func dataInstanceProfile() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataInstanceProfileRead,
		Schema: texts(
			map[string]*schema.Schema{"name": required()}, "arn", "create_date", "path", "role_arn", "role_id", "role_name",
		),
	}
}

func dataInstanceProfileRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := d.Get("name").(string)
	output, err := iamClient(meta).GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: aws.String(name)})
	if err != nil {
		return diag.Errorf("reading IAM Instance Profile (%s): %s", name, err)
	}
	profile := output.InstanceProfile
	values := map[string]any{"arn": profile.Arn, "create_date": rfc3339(profile.CreateDate), "path": profile.Path}
	if len(profile.Roles) > 0 {
		role := profile.Roles[0]
		values["role_arn"], values["role_id"], values["role_name"] = role.Arn, role.RoleId, role.RoleName
	}
	d.SetId(aws.ToString(profile.InstanceProfileId))
	return diag.FromErr(setAll(d, values))
}

func dataTaskDefinition() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataTaskDefinitionRead,
		Schema: texts(map[string]*schema.Schema{"revision": computed(schema.TypeInt), "task_definition": required()},
			"arn", "execution_role_arn", "family", "network_mode", "status", "task_role_arn"),
	}
}

func dataTaskDefinitionRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := d.Get("task_definition").(string)
	output, err := ecsClient(d, meta).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(name)})
	if err != nil {
		return diag.Errorf("reading ECS Task Definition (%s): %s", name, err)
	}
	found := output.TaskDefinition
	d.SetId(aws.ToString(found.TaskDefinitionArn))
	return diag.FromErr(setAll(d, map[string]any{
		"arn": found.TaskDefinitionArn, "execution_role_arn": found.ExecutionRoleArn, "family": found.Family,
		"network_mode": string(found.NetworkMode), "region": regionOf(d, meta), "revision": found.Revision,
		"status": string(found.Status), "task_role_arn": found.TaskRoleArn,
	}))
}
