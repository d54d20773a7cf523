using System.Collections;
using System.Text;
using Hedge.Storage.Manifests;

namespace Hedge.Host.Settings;

/// <summary>What came out of reading the settings at start.</summary>
/// <param name="Settings">The settings, or null when there are problems: the server does not start
/// then.</param>
/// <param name="ConfigFile">Full path of the file in use, or null when there is none.</param>
/// <param name="Problems">Everything that is wrong, one line each.</param>
public sealed record SettingsReading(ServerSettings? Settings, string? ConfigFile,
    IReadOnlyList<string> Problems);

/// <summary>
/// Reads the settings: defaults, then the JSON file, then environment variables, then the command line, later
/// ones winning.
/// All problems are gathered, none is thrown.
/// </summary>
public sealed class SettingSources
{
    /// <summary>Environment variables are named HEDGE_ and the setting's name in upper case with '_' for
    /// '-'.</summary>
    internal const string EnvironmentPrefix = "HEDGE_";

    private const string DefaultFile = "conf/hedge.json";

    private readonly object[] _values = ServerSettings.Defaults.CopyValues();
    private readonly List<string> _problems = [];
    private string? _file;

    private SettingSources()
    {
    }

    /// <summary>Reads all sources.</summary>
    /// <param name="arguments">The command line without the program's name: "--name value", "--name=value",
    /// "--config file"; a first argument that is no option is the file, too.</param>
    /// <param name="environment">The environment variables.</param>
    /// <param name="workingDirectory">Where conf/hedge.json is looked for when no file is named.</param>
    public static SettingsReading Read(IReadOnlyList<string> arguments, IDictionary environment,
        string workingDirectory)
    {
        var sources = new SettingSources();
        List<(string Name, string Value)> options = sources.Options(arguments);
        sources.ReadFile(options, environment, workingDirectory);
        sources.ReadEnvironment(environment);
        foreach ((string name, string value) in options)
        {
            if (name != "config") sources.Set(name, value, "command line");
        }

        ServerSettings? settings = sources._problems.Count == 0 ? new ServerSettings(sources._values) : null;
        if (settings is { TransferDirectory.Length: > 0 } && !DataDirectory.MayTransfer(
            settings.DataDirectory, settings.TransferDirectory))
        {
            sources._problems.Add($"transfer-dir: \"{settings.TransferDirectory}\" is not allowed: "
                + "the files of HEDGE.LOAD and HEDGE.EXPORT must be apart from the engine's files in dir");
            settings = null;
        }

        if (settings is { BackupDirectory.Length: > 0 } && !DataDirectory.MayBackUp(
            settings.DataDirectory, settings.BackupDirectory))
        {
            sources._problems.Add($"backup-dir: \"{settings.BackupDirectory}\" is not allowed: "
                + "backups must be apart from the engine's files in dir");
            settings = null;
        }

        if (settings is { BackupLogs: true, BackupDirectory.Length: 0 })
        {
            sources._problems.Add("backup-logs: needs a backup-dir");
            settings = null;
        }

        if (settings is { Users.Length: > 0, AclFile.Length: > 0 })
        {
            sources._problems.Add("user: users in the configuration and an aclfile are not allowed together");
            settings = null;
        }

        if (settings is not null
            && Encoding.UTF8.GetByteCount(settings.Network.UnixSocket) > NetworkSettings.UnixSocketBytesMax)
        {
            sources._problems.Add($"unixsocket: \"{settings.Network.UnixSocket}\" is too long: the path of a "
                + $"Unix socket has {NetworkSettings.UnixSocketBytesMax} bytes at most");
            settings = null;
        }

        if (settings is not null && PortClash.Find(settings) is { } clash)
        {
            sources._problems.Add(clash);
            settings = null;
        }

        return new SettingsReading(settings, sources._file,
            sources._problems);
    }

    private List<(string Name, string Value)> Options(IReadOnlyList<string> arguments)
    {
        var options = new List<(string, string)>();
        int i = 0;
        if (arguments.Count > 0 && !IsOption(arguments[0])) options.Add(("config", arguments[i++]));
        while (i < arguments.Count)
        {
            string option = arguments[i++][2..];
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            var words = new List<string>();
            while (i < arguments.Count && !IsOption(arguments[i])) words.Add(arguments[i++]);
            if (equals >= 0)
            {
                words.Insert(0, option[(equals + 1)..]);
                option = option[..equals];
            }

            if (words.Count == 0) _problems.Add($"--{option}: needs a value (command line)");
            else options.Add((option, string.Join(' ', words)));
        }

        return options;
    }

    private static bool IsOption(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2;

    private void ReadFile(List<(string Name, string Value)> options, IDictionary environment,
        string workingDirectory)
    {
        string? named = options.FindLast(o => o.Name == "config").Value
            ?? environment[EnvironmentPrefix + "CONFIG"] as string;
        string path = Path.GetFullPath(named ?? DefaultFile, workingDirectory);
        if (!File.Exists(path))
        {
            string what = Directory.Exists(path) ? "a directory, not a file, is at" : "there is no file";
            if (named != null) _problems.Add($"config: {what} \"{path}\"");
            return;
        }

        _file = path;
        try
        {
            foreach ((string name, string text) in ConfigFile.Read(path)) Set(name, text, path);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException
            or UnauthorizedAccessException)
        {
            const string redis = "it looks like a redis.conf; Hedge's configuration is JSON, as "
                + "{ \"port\": 6379, \"dir\": \"/var/lib/hedge\" }";
            string reason = ConfigFile.IsLikeRedis(path) ? redis : ConfigFile.Reason(e).TrimEnd('.');
            _problems.Add($"config: cannot read \"{path}\": {reason}");
        }
    }

    private void ReadEnvironment(IDictionary environment)
    {
        foreach (DictionaryEntry entry in environment)
        {
            if (entry.Key is not string name || entry.Value is not string value) continue;
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal)) continue;
            if (IsServiceLink(name, value)) continue;
            if (name == EnvironmentPrefix + "CONFIG") continue;
            string setting = name[EnvironmentPrefix.Length..];
            // A few of Redis's names have '_' themselves.
            if (SettingDeclarations.Find(setting) == null) setting = setting.Replace('_', '-');
            Set(setting, value, $"environment variable {name}");
        }
    }

    // Kubernetes describes a service called "hedge" to every pod by variables of these names.
    private static bool IsServiceLink(string name, string value) =>
        name.StartsWith("HEDGE_SERVICE_", StringComparison.Ordinal)
        || name.StartsWith("HEDGE_PORT_", StringComparison.Ordinal)
        || (name == "HEDGE_PORT" && value.Contains("://", StringComparison.Ordinal));

    private void Set(string name, string text, string source)
    {
        Setting? setting = SettingDeclarations.Find(name);
        if (setting == null)
        {
            _problems.Add($"{Lower(name)}: no such setting ({source})");
            return;
        }

        object? value = setting.Parse(text, _values[setting.Index], out string problem);
        if (value != null)
        {
            _values[setting.Index] = value;
            return;
        }

        string shown = setting.IsSecret ? "(hidden)" : $"\"{text}\"";
        _problems.Add($"{setting.Name}: {shown} is not allowed ({source}): {problem}; "
            + $"allowed: {setting.Allowed}");
    }

#pragma warning disable CA1308 // Settings are written in lower case.
    private static string Lower(string name) => name.ToLowerInvariant();
#pragma warning restore CA1308
}
