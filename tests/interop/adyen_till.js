// A till made of Adyen's own library, against the terminal at process.argv[2] (https://HOST; the
// library adds port 8443) whose certificate is process.argv[3]. Prints what it got, as JSON.
"use strict";
const { Client, Config, TerminalLocalAPI, EnvironmentEnum } = require("@adyen/api-library");
const NexoCrypto = require("@adyen/api-library/lib/src/security/nexoCrypto.js").default;
const vectors = require("adyen-vectors/lib/src/__mocks__/terminalApi/local.js");

const [endpoint, certificatePath] = process.argv.slice(2);
const key = {
  AdyenCryptoVersion: 1,
  KeyIdentifier: "CryptoKeyIdentifier12345",
  KeyVersion: 1,
  Passphrase: "p@ssw0rd123456",
};
const stamp = "2026-01-02T03:04:05.000Z";
const header = (category, id) => ({
  ProtocolVersion: "3.0",
  MessageClass: "Service",
  MessageCategory: category,
  MessageType: "Request",
  SaleID: "TILL-1",
  ServiceID: id,
  POIID: "P400Plus-275039202",
});

async function main() {
  const config = new Config({
    apiKey: "unused",
    environment: EnvironmentEnum.TEST,
    certificatePath,
    terminalApiLocalEndpoint: endpoint,
  });
  const api = new TerminalLocalAPI(new Client(config));
  const ask = async (message) =>
    (await api.request({ SaleToPOIRequest: message }, key)).SaleToPOIResponse;
  const paid = await ask({
    MessageHeader: header("Payment", "0000000001"),
    PaymentRequest: {
      SaleData: { SaleTransactionID: { TransactionID: "0000000001", TimeStamp: stamp } },
      PaymentTransaction: { AmountsReq: { Currency: "EUR", RequestedAmount: 12.34 } },
    },
  });
  const status = await ask({
    MessageHeader: header("TransactionStatus", "Q1"),
    TransactionStatusRequest: {
      MessageReference: { MessageCategory: "Payment", SaleID: "TILL-1", ServiceID: "0000000001" },
    },
  });
  const number = paid.PaymentResponse.POIData.POITransactionID;
  const undone = await ask({
    MessageHeader: header("Reversal", "0000000002"),
    ReversalRequest: {
      OriginalPOITransaction: { POITransactionID: number },
      ReversalReason: "MerchantCancel",
    },
  });
  const theirs = new NexoCrypto().decrypt(vectors.localEncRes.SaleToPOIResponse, key);
  const text = JSON.stringify({ SaleToPOIRequest: { MessageHeader: header("Payment", "é€1") } });
  console.log(
    JSON.stringify({
      paid: paid.PaymentResponse,
      repeated: status.TransactionStatusResponse,
      undone: undone.ReversalResponse,
      vector: vectors.localEncRes,
      vectorText: theirs,
      sealed: NexoCrypto.encrypt(header("Payment", "é€1"), text, key),
      sealedText: text,
      opened: new NexoCrypto().decrypt(JSON.parse(process.env.SEALED_BY_US), key),
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
