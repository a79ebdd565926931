"""What the fault stories of reads are made of: a disk to fill, a link to cut, collectors that send until heard."""
