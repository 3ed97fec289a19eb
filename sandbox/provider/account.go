// The data sources about the provider itself: its partition, its Region, its caller.
package main

import "github.com/hashicorp/aws-sdk-go-base/v2/endpoints"

var getPartition = kind{
	title:  "Partition",
	fields: texts(attributes{}, "dns_suffix", "partition"),
	read: func(o op) record {
		o.SetId(o.partition)
		partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), o.region())
		return record{"DnsSuffix": partition.DNSSuffix(), "Partition": o.partition}
	},
}

var getRegion = kind{
	title: "Region", regional: true,
	fields: attributes{"name": aString(computed)},
	read: func(o op) record {
		o.SetId(o.region())
		return record{"Name": o.region()}
	},
}

var getCallerIdentity = kind{
	title:  "STS Caller Identity",
	fields: texts(attributes{}, "account_id", "arn", "user_id"),
	names:  names{"account_id": "Account"},
	read: func(o op) record {
		answer := o.ask("sts:GetCallerIdentity", nil)
		o.SetId(text(answer["Account"]))
		return answer
	},
}
