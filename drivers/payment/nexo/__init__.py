"""nexo Retailer Sale-to-POI in JSON: plain over HTTP, and as Adyen terminals speak it locally."""
