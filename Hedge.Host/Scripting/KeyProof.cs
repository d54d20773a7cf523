using Hedge.Host.Declarations;
using Hedge.Host.Lua.Compilers;

namespace Hedge.Host.Scripting;

/// <summary>
/// Finds out whether a program touches the keys that its caller names and no others, without running it: only
/// then may it run holding their partitions alone, since a script that has written cannot ask for more.
/// </summary>
/// <remarks>
/// For each instruction it is known of each register whether it surely is <c>redis</c>, <c>redis.call</c>,
/// <c>KEYS</c>, an element of it, or a certain word; of all else nothing is. The proof holds when:
/// 1. every call of <c>redis.call</c> or <c>pcall</c> names its command by a word, and each argument that is
///    a key of that command is an element of <c>KEYS</c>;
/// 2. <c>redis.call</c>, <c>redis</c> and <c>KEYS</c> never get where this is not seen: into a table, to a
///    function, out of a function; nobody changes <c>KEYS</c>;
/// 3. no code is made of text, and no function assigns variables of another one.
/// Programs for which it does not hold are right as well; they hold all partitions. A function that registers
/// itself and is also called with something else than its keys is taken to be honest; a key that it does not
/// hold is an error then.
/// </remarks>
internal sealed class KeyProof
{
    // Registers times instructions.
    private const int WorkMax = 1 << 20;

    private static readonly HashSet<string> Evasive = ["_G", "load", "loadstring", "getfenv", "setfenv"];

    private readonly CommandTable _commands;
    private readonly IReadOnlyCollection<LuaPrototype> _callbacks;
    private long _work;

    private KeyProof(CommandTable commands, IReadOnlyCollection<LuaPrototype> callbacks)
    {
        _commands = commands;
        _callbacks = callbacks;
    }

    /// <summary>What it may touch, as far as it can be proven.</summary>
    public ScriptReach Reach { get; private set; } = ScriptReach.DeclaredKeys;

    /// <summary>True when it may publish.</summary>
    public bool Publishes { get; private set; }

    /// <summary>Looks at a program.</summary>
    /// <param name="chunk">The whole program.</param>
    /// <param name="callbacks">Of a library: the functions in it that get the keys as their first
    /// argument.</param>
    /// <param name="text">The program's text.</param>
    /// <param name="commands">All commands.</param>
    public static KeyProof Of(LuaPrototype chunk, IReadOnlyCollection<LuaPrototype> callbacks,
        ReadOnlySpan<byte> text, CommandTable commands)
    {
        var proof = new KeyProof(commands, callbacks);
        if (proof.Holds(chunk, [], isMain: callbacks.Count == 0)) return proof;
        // A command without a word may be one of these; after a write it would be too late.
        proof.Reach = Names(text, commands, "PUBSUB"u8) || Names(text, commands, "SLOWLOG"u8)
            ? ScriptReach.AllCores : ScriptReach.AllPartitions;
        proof.Publishes = Names(text, commands, "PUBLISH"u8);
        return proof;
    }

    private static bool Names(ReadOnlySpan<byte> text, CommandTable commands, ReadOnlySpan<byte> declared) =>
        commands.FindDeclared(declared) is { } command && commands.NameOf(command) is { } name
        && System.Text.Encoding.Latin1.GetString(text).Contains(name, StringComparison.OrdinalIgnoreCase);

    private bool Holds(LuaPrototype function, Known[] upvalues, bool isMain)
    {
        int registers = function.RegisterCount + 2;
        var states = new KnownRegisters?[function.Code.Length + 1];
        var pending = new Stack<int>();
        var first = new KnownRegisters(registers);
        if (function.ParameterCount > 0 && _callbacks.Contains(function))
            first[0] = new Known(KnownKind.Keys);
        states[0] = first;
        pending.Push(0);
        var closures = new Dictionary<int, Known[]>();
        while (pending.TryPop(out int at))
        {
            if ((_work += registers) > WorkMax) return false;
            var step = new KeyProofStep(this, function, upvalues, closures, at, states[at]!.Copy(), isMain);
            if (!step.Run()) return false;
            foreach ((int next, KnownRegisters state) in step.Next)
            {
                if (states[next] is not { } known) states[next] = state.Copy();
                else if (!known.Join(state)) continue;
                pending.Push(next);
            }
        }

        for (int i = 0; i < function.Inner.Length; i++)
        {
            // One that is never made is never called.
            bool isMade = closures.TryGetValue(i, out Known[]? bound);
            if (isMade && !Holds(function.Inner[i], bound!, isMain: false)) return false;
        }

        return true;
    }

    /// <summary>True for a global that leads to others, or makes code.</summary>
    public static bool IsEvasive(string global) => Evasive.Contains(global);

    /// <summary>Looks at a call of a command.</summary>
    /// <param name="arguments">The arguments that are in registers, the command's name first.</param>
    /// <param name="more">What follows them, as often as it likes; null for nothing.</param>
    public bool Allows(ReadOnlySpan<Known> arguments, Known? more)
    {
        if (arguments.Length == 0 || arguments[0].Word is not { } name) return false;
        Command? command = _commands.Find(name.Span);
        if (command is { Subcommands.Count: > 0 } && (arguments.Length > 1 || more is not null))
        {
            if (arguments.Length < 2 || arguments[1].Word is not { } subcommand) return false;
            command = command.FindSubcommand(subcommand.Span);
        }

        // These do nothing but fail.
        if (command is null || (command.Spec.Flags & CommandFlags.NoScript) != 0) return true;
        if (command.Has(CommandTraits.Publishes)) Publishes = true;
        if (command.Spec.Scope == CommandScope.AllCores) Reach = ScriptReach.AllCores;
        else if (command.Spec.Scope != CommandScope.Keys) return false;
        if (command.Spec.HiddenKey is not null) return false;
        foreach (KeySpec keys in command.Spec.Keys)
            if (keys.IsKey && !AreKeys(keys, arguments, more)) return false;
        return true;
    }

    private static bool AreKeys(KeySpec keys, ReadOnlySpan<Known> arguments, Known? more)
    {
        if (keys.IsVariable || (more is not null && (keys.Step != 1 || keys.Last < -1))) return false;
        int last = more is null ? keys.LastIndex(arguments.Length)
            : keys.Last < 0 ? arguments.Length : keys.First + keys.Last;
        for (int i = keys.First; i <= last; i += keys.Step)
        {
            Known argument = i < arguments.Length ? arguments[i] : more ?? new Known(KnownKind.Key);
            if (argument.Kind != KnownKind.Key) return false;
        }

        return true;
    }
}
