using System.Globalization;
using System.Text.Json;

namespace Hedge.Host.Settings;

/// <summary>
/// The settings in force. Any core reads <see cref="Current"/>; changes are made by commands that hold all
/// cores, so there is one writer at a time.
/// </summary>
public sealed class SettingStore
{
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

    /// <summary>Called after every change, on the core that made it, with the old and the new
    /// settings.</summary>
    public Action<ServerSettings, ServerSettings>? Changed { get; set; }

    /// <summary>The most clients for which the system gives descriptors; maxclients is never more. Set by the
    /// host.</summary>
    public int MaxClientsPossible { get; internal set; } = int.MaxValue;

    /// <summary>What puts settings into force where that can fail, in this order. Set by the host.</summary>
    internal IList<SettingApplier> Appliers { get; } = [];

    /// <summary>Changes all named settings or none.</summary>
    /// <param name="changes">Names and values.</param>
    /// <param name="allowsProtected">False when protected settings are refused.</param>
    /// <returns>Null, or Redis's error reply.</returns>
    public string? TryChange(IReadOnlyList<(string Name, string Text)> changes, bool allowsProtected = false)
    {
        ServerSettings before = Current;
        object[] values = before.CopyValues();
        // Two names of one setting are no duplicates; the later one wins.
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, _) in changes)
        {
            if (SettingDeclarations.Find(name) is not { IsShown: true } setting)
                return $"ERR Unknown option or number of arguments for CONFIG SET - '{name}'";

            if (setting.Change != SettingChange.AtRunTime) return Failure(name, "can't set immutable config");
            if (setting.IsProtected && !allowsProtected)
                return Failure(name, "can't set protected config");
            if (!seen.Add(name)) return Failure(name, "duplicate parameter");
        }

        foreach ((string name, string text) in changes)
        {
            Setting setting = SettingDeclarations.Find(name)!;
            // An empty memory value means 0 to Redis.
            string value = setting is MemorySetting or ShareSetting && text.Length == 0 ? "0" : text;
            object? parsed = setting.Parse(value, values[setting.Index], out string problem);
            if (parsed == null) return Failure(NameIn(setting, name), problem);
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

    // What was put into force before the failure is put back.
    private (string Name, string Problem)? Apply(ServerSettings before, ServerSettings after)
    {
        for (int i = 0; i < Appliers.Count; i++)
        {
            if (Appliers[i](before, after) is not { } failure) continue;
            while (--i >= 0) Appliers[i](after, before);
            return failure;
        }

        return null;
    }

    // Redis's spelling of the name that was given.
    private static string NameIn(Setting setting, string name) =>
        setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? setting.Name
            : setting.Alias ?? setting.Name;

    /// <summary>
    /// Writes the settings into the configuration file in use: those the file names and those that differ
    /// from their default. Everything else in it, with its comments, stays. The new file replaces the old
    /// one in one step, synced before.
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
            PrivateFile.Replace(ConfigFile, Settings.ConfigFile.Rewritten(ConfigFile, Current));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or InvalidDataException)
        {
            return $"ERR Rewriting config file: {e.Message.ReplaceLineEndings(" ")}";
        }
    }

    private static string Failure(string name, string problem) => string.Create(CultureInfo.InvariantCulture,
        $"ERR CONFIG SET failed (possibly related to argument '{name}') - {problem}");
}
