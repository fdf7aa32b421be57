namespace Exo.Tests.Hub.Server;

/// <summary>Serves large files to whoever holds a good address, and an XML refusal to the rest, as object stores do.</summary>
internal sealed class CdnEndpoint(SignedAddresses signatures, BodySender bodies)
{
    public Task AnswerAsync(HubExchange exchange)
    {
        // A bearer token beside a signature is refused by S3: "Only one auth mechanism allowed".
        if (exchange.Token is not null) return XmlAsync(exchange, 400, "InvalidArgument", "Only one auth mechanism allowed");
        if (signatures.Open(exchange) is not var (name, file)) return ExpiredAsync(exchange);
        return bodies.SendAsync(exchange, new BodyAnswer
        {
            Scope = FaultScope.Content,
            Name = name,
            Content = file.Content,
            ContentType = "application/octet-stream",
            ETag = file.CdnETag,
            IsSigned = true,
        });
    }

    public static Task ExpiredAsync(HubExchange exchange) => XmlAsync(exchange, 403, "AccessDenied", "Request has expired");

    private static Task XmlAsync(HubExchange exchange, int status, string code, string message) => exchange.TextAsync(
        status, "application/xml", $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
}
