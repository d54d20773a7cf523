using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hedge.Host.Settings;

/// <summary>
/// The settings in force. Any core reads <see cref="Current"/>; changes are made by commands that hold all
/// cores, so there is one writer at a time.
/// </summary>
public sealed class SettingStore
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Lenient =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private ServerSettings _current;

    /// <summary>Starts with what was read.</summary>
    public SettingStore(ServerSettings settings, string? configFile)
    {
        _current = settings;
        ConfigFile = configFile;
    }

    /// <summary>The settings now. Read it once and use that object: the next read may give another
    /// one.</summary>
    public ServerSettings Current => Volatile.Read(ref _current);

    /// <summary>Full path of the configuration file in use, or null.</summary>
    public string? ConfigFile { get; }

    /// <summary>Carries a change out that may fail, on the core that makes it, with the old and the new
    /// settings. Answers null, or the setting that fails and CONFIG SET's text; then it has changed nothing.
    /// Set by the host.</summary>
    internal Func<ServerSettings, ServerSettings, (string Name, string Problem)?> Apply { get; set; } =
        static (_, _) => null;

    /// <summary>Called after every change, on the core that made it, with the old and the new
    /// settings.</summary>
    public Action<ServerSettings, ServerSettings>? Changed { get; set; }

    /// <summary>The most clients for which the system gives descriptors; maxclients is never more. Set by the
    /// host.</summary>
    public int MaxClientsPossible { get; internal set; } = int.MaxValue;

    /// <summary>Changes all named settings or none.</summary>
    /// <returns>Null, or Redis's error reply.</returns>
    public string? TryChange(IReadOnlyList<(string Name, string Text)> changes)
    {
        ServerSettings before = Current;
        object[] values = before.CopyValues();
        var seen = new HashSet<Setting>();
        foreach ((string name, _) in changes)
        {
            if (SettingDeclarations.Find(name) is not { IsShown: true } setting)
                return $"ERR Unknown option or number of arguments for CONFIG SET - '{name}'";

            if (setting.Change != SettingChange.AtRunTime) return Failure(name, "can't set immutable config");
            if (!seen.Add(setting)) return Failure(name, "duplicate parameter");
        }

        foreach ((string name, string text) in changes)
        {
            Setting setting = SettingDeclarations.Find(name)!;
            // An empty memory value means 0 to Redis.
            string value = setting is MemorySetting && text.Length == 0 ? "0" : text;
            object? parsed = setting.Parse(value, values[setting.Index], out string problem);
            if (parsed == null) return Failure(name, problem);
            values[setting.Index] = parsed;
        }

        var after = new ServerSettings(values);
        if (after.MaxClients > MaxClientsPossible && after.MaxClients != before.MaxClients)
        {
            return Failure("maxclients", "The operating system is not able to handle the specified number of "
                + $"clients, try with {MaxClientsPossible}");
        }

        if (Apply(before, after) is var (failed, why)) return Failure(failed, why);
        Volatile.Write(ref _current, after);
        Changed?.Invoke(before, after);
        return null;
    }

    /// <summary>
    /// Writes the settings into the configuration file in use: those the file names and those that differ
    /// from their default. The new file replaces the old one in one step, synced before.
    /// </summary>
    /// <param name="users">The users now, a line for each; empty where they stand in a file of their
    /// own.</param>
    /// <returns>Null, or the error reply.</returns>
    public string? Rewrite(string users)
    {
        object[] values = Current.CopyValues();
        values[AccessDeclarations.Users.Index] = users;
        Volatile.Write(ref _current, new ServerSettings(values));
        if (ConfigFile == null) return "ERR The server is running without a config file";
        try
        {
            JsonObject content = JsonNode.Parse(File.ReadAllText(ConfigFile),
                documentOptions: Lenient) as JsonObject
                ?? throw new JsonException("the file holds no object");
            Update(content);
            PrivateFile.Replace(ConfigFile, Encoding.UTF8.GetBytes(content.ToJsonString(Indented) + '\n'));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return $"ERR Rewriting config file: {e.Message.ReplaceLineEndings(" ")}";
        }
    }

    private void Update(JsonObject content)
    {
        ServerSettings settings = Current;
        foreach (Setting setting in SettingDeclarations.All)
        {
            string name = content.Select(p => p.Key)
                .FirstOrDefault(k => SettingDeclarations.Find(k) == setting)
                ?? setting.Name;
            string text = setting.Format(settings.Value(setting));
            if (setting.IsConstant || (!content.ContainsKey(name) && text == setting.DefaultText)) continue;
            content[name] = settings.Value(setting) switch
            {
                long number when setting is IntegerSetting or MemorySetting => JsonValue.Create(number),
                string lines when setting.Separator == '\n' =>
                    new JsonArray([.. lines.Split('\n').Select(static line => JsonValue.Create(line))]),
                _ => JsonValue.Create(text),
            };
        }
    }

    private static string Failure(string name, string problem) => string.Create(CultureInfo.InvariantCulture,
        $"ERR CONFIG SET failed (possibly related to argument '{name}') - {problem}");
}
