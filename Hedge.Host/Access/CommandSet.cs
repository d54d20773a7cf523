using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>A set of commands and subcommands.</summary>
internal readonly struct CommandSet
{
    private const int WordBits = 64;

    private readonly ulong[] _words;

    private CommandSet(ulong[] words) => _words = words;

    /// <summary>All commands, or none.</summary>
    public static CommandSet Of(CommandTable commands, bool all)
    {
        var words = new ulong[(commands.All.Count / WordBits) + 1];
        if (all) Array.Fill(words, ulong.MaxValue);
        return new CommandSet(words);
    }

    /// <summary>A copy that can be changed.</summary>
    public CommandSet Copy() => new([.. _words]);

    /// <summary>True when the command is in it.</summary>
    public bool Contains(Command command) =>
        (_words[command.Index / WordBits] & (1UL << (command.Index % WordBits))) != 0;

    /// <summary>Adds a command, or takes it out.</summary>
    public void Set(Command command, bool isIn)
    {
        ulong bit = 1UL << (command.Index % WordBits);
        if (isIn) _words[command.Index / WordBits] |= bit;
        else _words[command.Index / WordBits] &= ~bit;
    }
}
