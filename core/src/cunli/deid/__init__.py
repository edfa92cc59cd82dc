"""Personal data in what people are about to publish: found, pointed out, masked. Who is asked what stands in `gate`."""
