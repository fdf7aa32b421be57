using System.Text;
using System.Text.Json;

namespace Exo.Engine.Models.HuggingFace;

/// <summary>
/// The chat template and the special tokens' texts: tokenizer_config.json, special_tokens_map.json, and the template's own files.
/// All of them may be absent.
/// </summary>
internal sealed record HfTokenizerConfig(string? ChatTemplate, SpecialTokenTexts SpecialTokens)
{
    private const int MaxTemplateByteCount = 4 << 20;

    /// <exception cref="InvalidModelException">A file is there but not what it must be.</exception>
    public static HfTokenizerConfig Read(string folder)
    {
        var config = LoadIfThere(Path.Combine(folder, "tokenizer_config.json"));
        var map = LoadIfThere(Path.Combine(folder, "special_tokens_map.json"));
        return new HfTokenizerConfig(
            ReadTemplate(folder, config),
            new SpecialTokenTexts(Token("bos_token"), Token("eos_token"), Token("pad_token"), Token("unk_token")));

        // An explicit null means there is none.
        string? Token(string key) => config?.Has(key) == true ? ReadToken(config, key) : map is null ? null : ReadToken(map, key);
    }

    /// <summary>The file, or null where there is none.</summary>
    public static ConfigObject? LoadIfThere(string file) => File.Exists(file) ? ConfigObject.Load(file) : null;

    /// <summary>A token is its text or an object around it.</summary>
    private static string? ReadToken(ConfigObject config, string key) =>
        config.KindOf(key) == JsonValueKind.Object ? config.Object(key)!.Text("content") : config.Text(key);

    /// <summary>A file of its own goes first, as in transformers.</summary>
    private static string? ReadTemplate(string folder, ConfigObject? config)
    {
        var jinja = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(jinja)) return ReadJinja(jinja);
        return (LoadIfThere(Path.Combine(folder, "chat_template.json")) is { } own ? ReadTemplateKey(own) : null)
            ?? (config is null ? null : ReadTemplateKey(config));
    }

    /// <summary>One template, or several by name of which "default" is meant for chats.</summary>
    private static string? ReadTemplateKey(ConfigObject config)
    {
        const string Key = "chat_template";
        if (config.KindOf(Key) != JsonValueKind.Array) return config.Text(Key);
        var named = config.Objects(Key)!;
        var chosen = named.FirstOrDefault(entry => entry.Text("name") == "default") ?? (named.Count == 1 ? named[0] : null);
        return chosen?.Text("template");
    }

    private static string ReadJinja(string file)
    {
        var length = new FileInfo(file).Length;
        if (length > MaxTemplateByteCount) throw new InvalidModelException(file, null, $"is {length} bytes long; at most {MaxTemplateByteCount} are accepted");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException problem)
        {
            throw new InvalidModelException(file, null, "is not UTF-8", problem);
        }
    }
}
