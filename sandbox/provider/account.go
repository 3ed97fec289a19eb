// The data sources that say where one is: partition, Region, caller.
package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func dataPartition() *schema.Resource {
	fields := texts(map[string]*schema.Schema{}, "dns_suffix", "partition", "reverse_dns_prefix")
	return source{title: "Partition", fields: fields, read: func(o op) (string, record, error) {
		partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), o.region)
		labels := strings.Split(partition.DNSSuffix(), ".")
		slices.Reverse(labels)
		reverse := strings.Join(labels, ".")
		return o.partition, record{"DnsSuffix": partition.DNSSuffix(), "Partition": o.partition, "ReverseDnsPrefix": reverse}, nil
	}}.resource()
}

func dataRegion() *schema.Resource {
	fields := map[string]*schema.Schema{"description": computed(schema.TypeString)}
	for _, name := range []string{"name", "region"} {
		fields[name] = optionalComputed(schema.TypeString)
	}
	return source{title: "Region", fields: fields, read: func(o op) (string, record, error) {
		id := o.regionOf(o.ResourceData)
		if name := o.Get("name").(string); name != "" {
			id = name
		}
		partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), id)
		region, found := partition.Regions()[id]
		if !found {
			return id, nil, errors.New("no such Region")
		}
		return id, record{"Description": region.Description(), "Name": id, "Region": id}, nil
	}}.resource()
}

func dataCallerIdentity() *schema.Resource {
	fields := texts(map[string]*schema.Schema{}, "account_id", "arn", "user_id")
	return source{title: "STS Caller Identity", fields: fields, names: names{"account_id": "Account"}, read: func(o op) (string, record, error) {
		answer, err := o.ask("sts:GetCallerIdentity", nil)
		return text(answer["Account"]), answer, err
	}}.resource()
}
