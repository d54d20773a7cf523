using System.CommandLine;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge help [COMMAND]": the same text as "hedge COMMAND --help".</summary>
internal static class HelpSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make(RootCommand root)
    {
        var name = new Argument<string?>("COMMAND")
        {
            Description = "The command that the help is about.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        name.CompletionSources.Add(_ => root.Subcommands.Select(c => c.Name));
        var help = new Command("help", "Shows the help of hedge or of one command.") { name };
        help.SetAction(async (parsed, _) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            TextWriter errors = parsed.InvocationConfiguration.Error;
            string? word = parsed.GetValue(name);
            if (word is null || root.Subcommands.Any(c => c.Name == word))
            {
                string[] words = word is null ? ["--help"] : [word, "--help"];
                return await HedgeCommandLine.InvokeAsync(root, words, output, errors);
            }

            await errors.WriteLineAsync(HedgeCommandLine.UnknownSubcommand(root, word));
            return 1;
        });
        return help;
    }
}
