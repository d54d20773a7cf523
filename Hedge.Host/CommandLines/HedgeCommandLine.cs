using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Hedge.Host.Settings;

namespace Hedge.Host.CommandLines;

/// <summary>
/// The command line of "hedge".
/// 1. A subcommand's name, --help, --version or a completion directive goes to System.CommandLine.
/// 2. Everything else starts the server. Its words have redis-server's grammar, which allows several values
///    after an option and values that begin with '-', so <see cref="SettingSources"/> reads them.
/// 3. A first word that is no option names the configuration file. If there is no such file and the word
///    does not look like a path, it is taken for a mistyped subcommand.
/// To add a subcommand, write its file beside this one and name it in <see cref="Root"/>.
/// </summary>
internal static class HedgeCommandLine
{
    // A misspelling has at most so many wrong letters.
    private const int DistanceMax = 2;

    private static readonly ParserConfiguration Parser = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Runs the command line to its end.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, TextWriter output, TextWriter errors)
    {
        if (StartsServer(words)) return await ServerCommand.RunAsync(words, errors);
        RootCommand root = Root();
        if (ToolWords(root, words) is { } toolWords)
            return await InvokeAsync(root, toolWords, output, errors);
        if (IsMistyped(words[0]))
        {
            await errors.WriteLineAsync(UnknownSubcommand(root, words[0]) + ", and there is no such file");
            return 1;
        }

        return await ServerCommand.RunAsync(words, errors);
    }

    /// <summary>Runs the words of a subcommand, or of help.</summary>
    internal static Task<int> InvokeAsync(RootCommand root, IReadOnlyList<string> words, TextWriter output,
        TextWriter errors) =>
        root.Parse(words, Parser).InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = errors,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });

    /// <summary>The message about a word that is no subcommand, with the name that was meant.</summary>
    internal static string UnknownSubcommand(RootCommand root, string word)
    {
        string names = string.Join(", ", root.Subcommands.Select(c => c.Name));
        string? near = root.Subcommands.Select(c => c.Name)
            .Where(n => Distance(word, n) <= DistanceMax).MinBy(n => Distance(word, n));
        string meant = near is null ? "" : $"; did you mean \"{near}\"?";
        return $"\"{word}\" is no command of hedge{meant} (commands: {names})";
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("A key-value server that speaks Redis's protocol. "
            + "Without a command it starts the server: hedge [FILE] [--SETTING VALUE...]...")
        {
            OptionOf("config", "file", "The configuration file, as FILE. [conf/hedge.json when it exists]"),
        };
        foreach (Setting setting in SettingDeclarations.All.Where(s => !s.IsConstant))
            root.Add(OptionOf(setting.Name, setting.Kind, setting.Summary));
        foreach (Option option in root.Options)
        {
            if (option is VersionOption version) version.Action = new VersionAction();
            // The other spellings may be values: "--dir /h".
            if (option is HelpOption help)
                foreach (string alias in (string[])["/?", "/h", "-?"]) help.Aliases.Remove(alias);
        }

        root.Add(BenchSubcommand.Make());
        root.Add(CheckSubcommand.Make());
        root.Add(SalvageSubcommand.Make());
        root.Add(ImportSubcommand.Make());
        root.Add(ExportSubcommand.Make());
        root.Add(BackupSubcommand.Make());
        root.Add(RestoreSubcommand.Make());
        root.Add(HelpSubcommand.Make(root));
        return root;
    }

    /// <summary>An option as help and completion show it; it never makes an error by itself.</summary>
    internal static Option OptionOf(string name, string valueName, string summary) =>
        new Option<string[]>("--" + name)
        {
            Description = summary,
            HelpName = valueName,
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = true,
        };

    // The words for System.CommandLine, or null when they start the server. No setting's value may begin with
    // "--", so --help and --version are requests wherever they stand.
    private static IReadOnlyList<string>? ToolWords(RootCommand root, IReadOnlyList<string> words)
    {
        string first = words[0];
        if (root.Subcommands.Any(c => c.Name == first)) return words;
        if (root.Directives.OfType<SuggestDirective>().Any(d => IsDirective(first, d.Name))) return words;
        if (first == "-h") return [first];
        string? request = words.FirstOrDefault(IsRequest);
        return request is null ? null : [request];
    }

    private static bool IsRequest(string word) => word is "--help" or "--version";

    // Settings alone: what else the command line knows need not be declared for a start.
    private static bool StartsServer(IReadOnlyList<string> words) => words.Count == 0
        || (words[0].StartsWith("--", StringComparison.Ordinal) && !words.Any(IsRequest));

    private static bool IsDirective(string word, string name) =>
        word == $"[{name}]"
        || (word.StartsWith($"[{name}:", StringComparison.Ordinal) && word.EndsWith(']'));

    private static bool IsMistyped(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && word[0] != '-' && !File.Exists(word);

    // Levenshtein's distance: letters to insert, to remove or to replace.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            string? version = typeof(HedgeCommandLine).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            parseResult.InvocationConfiguration.Output.WriteLine($"hedge {version}");
            return 0;
        }
    }
}
