using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Tidy;

/// <summary>Dependencies point one way: Resp and Storage know the base library only, but for the packages
/// listed here; Host knows both.</summary>
[TestFixture]
[Category("fast")]
public sealed class DependencyTests
{
    /// <summary>Who may use which package, and what for.</summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Hedge.Resp"] = [],
        // The sockets of the portable mode.
        ["Hedge.Storage"] = ["Pipelines.Sockets.Unofficial"],
    };

    [Test]
    public void Assemblies_of_the_protocol_and_the_engine_refer_to_the_base_library_and_listed_packages()
    {
        // The folder of Microsoft.NETCore.App: it holds the base library's assemblies and nothing else.
        string baseLibrary = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (Type type in (Type[])[typeof(Hedge.Resp.RespWriter), typeof(Hedge.Storage.Invariant)])
        {
            string?[] others = [.. type.Assembly.GetReferencedAssemblies().Select(a => a.Name)
                .Where(n => !File.Exists(Path.Combine(baseLibrary, $"{n}.dll")))];
            string name = type.Assembly.GetName().Name!;
            Assert.That(others, Is.EquivalentTo(Packages[name]), name);
        }
    }

    [Test]
    public void The_host_refers_to_the_protocol_and_the_engine_and_to_nobody_who_refers_to_it()
    {
        string?[] ours = [.. typeof(Hedge.Host.Servers.Server).Assembly.GetReferencedAssemblies()
            .Select(a => a.Name)
            .Where(n => n!.StartsWith("Hedge", StringComparison.OrdinalIgnoreCase))];
        Assert.That(ours, Is.SubsetOf((string[])["Hedge.Resp", "Hedge.Storage"]));
    }

    [TestCase("Hedge.Resp", "")]
    [TestCase("Hedge.Storage", "")]
    [TestCase("Hedge.Host", "Hedge.Resp Hedge.Storage")]
    [TestCase("Hedge.Tests", "Hedge.Host")]
    public void Projects_refer_to_these_projects(string project, string expected)
    {
        XDocument file = XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj"));
        IEnumerable<string> references = file.Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.That(string.Join(' ', references.Order(StringComparer.Ordinal)), Is.EqualTo(expected));
    }

    [TestCase("Hedge.Resp")]
    [TestCase("Hedge.Storage")]
    public void Protocol_and_engine_use_only_listed_packages(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj"));
        IEnumerable<string> used =
            file.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);
        Assert.That(used, Is.EquivalentTo(Packages[project]));
    }

    [Test]
    public void Only_the_portable_transport_uses_the_socket_package()
    {
        var outside = SourceFile.Shipped
            .Where(f => !f.Path.StartsWith("Hedge.Storage/Io/Portable/", StringComparison.Ordinal))
            .Where(f => f.Code.Contains("Pipelines.Sockets", StringComparison.Ordinal)).Select(f => f.Path);
        Assert.That(outside, Is.Empty);
    }

    [Test]
    public void Every_package_version_stands_in_one_place()
    {
        var versioned = SourceFile.Others.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .Where(f => Regex.IsMatch(f.Text, "<PackageReference[^>]*Version="));
        Assert.That(versioned, Is.Empty);
    }

    [Test]
    public void Only_the_io_folder_knows_the_kernel()
    {
        var outside =
            SourceFile.Shipped.Where(f => !f.Path.StartsWith("Hedge.Storage/Io/", StringComparison.Ordinal))
            .SelectMany(f => Regex.Matches(f.Code, @"\b(DllImport|LibraryImport|NativeLibrary)\b")
                .Select(m => (f.Path, $"{m.Value} in line {f.LineAt(m.Index)}")));
        Findings.Check(outside, new Dictionary<string, string>(), "only Hedge.Storage/Io calls native code");
    }

    [Test]
    public void The_storage_engine_shows_its_insides_to_the_host_and_the_tests_alone()
    {
        string?[] friends = [.. typeof(Hedge.Storage.Invariant).Assembly
            .GetCustomAttributes<System.Runtime.CompilerServices.InternalsVisibleToAttribute>()
            .Select(a => a.AssemblyName)];
        Assert.That(friends, Is.SubsetOf((string[])["Hedge.Tests", "hedge"]));
    }
}
