using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Encodings.Web;
using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Models;

/// <summary>`exo tokenize MODEL [TEXT]`: how a model splits a text.</summary>
internal static class TokenizeCommand
{
    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var text = WordsArgument.Of("TEXT", "The text; otherwise what is piped in, to its last byte");
        var plain = new Option<bool>("--no-special") { Description = "Add no begin-of-text token or the like" };
        var json = GlobalOptions.Json();
        var command = new Command("tokenize", "Show how a model splits a text.") { model, text, plain, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new TokenizeRequest
            {
                Model = parsed.GetRequiredValue(model),
                Text = WordsArgument.Read(parsed, text) ?? await ReadAsync(context, cancellationToken),
                AddSpecialTokens = !parsed.GetValue(plain),
            };
            var tokenized = await context.Service.TokenizeAsync(request, cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(TokenizeJson.Of(tokenized), TokenizeJsonContext.Line.TokenizeJson));
            else
            {
                foreach (var token in tokenized.Tokens)
                    context.Console.Out.WriteLine($"{token.Id,8}  {JsonSerializer.Serialize(token.Piece, TokenizeJsonContext.Line.String)}");
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Task<string> ReadAsync(CommandContext context, CancellationToken cancellationToken) => context.Console.InputIsTerminal
        ? throw new ExoException(ExoErrorKind.BadRequest, "there is no text: give one after the model, or pipe one in")
        : Task.Run(context.Console.In.ReadToEnd, CancellationToken.None).WaitAsync(cancellationToken);
}

/// <summary>What `exo tokenize --json` writes: the ids and, of the same length, their texts.</summary>
internal sealed record TokenizeJson(IReadOnlyList<int> Ids, IReadOnlyList<string> Pieces)
{
    public static TokenizeJson Of(TokenizedText text) => new([.. text.Tokens.Select(token => token.Id)], [.. text.Tokens.Select(token => token.Piece)]);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TokenizeJson))]
[JsonSerializable(typeof(string))]
internal sealed partial class TokenizeJsonContext : JsonSerializerContext
{
    public static TokenizeJsonContext Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
