using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Hub.Protocol;

/// <summary>The parts of the hub's JSON that are used; everything else is skipped.</summary>
internal sealed record ModelJson(string? Id, string? Sha, bool? Disabled);

internal sealed record TreeEntryJson(string? Type, string? Path, string? Oid, long? Size, LargeFileJson? Lfs);

internal sealed record LargeFileJson(string? Oid, long? Size);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ModelJson))]
[JsonSerializable(typeof(List<TreeEntryJson>))]
internal sealed partial class HubJson : JsonSerializerContext;
