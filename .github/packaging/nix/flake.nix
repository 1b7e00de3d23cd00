{
  # nix profile install "github:persistproc/persistproc?dir=.github/packaging/nix"
  description = "One shared process layer for shells and coding agents";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAllSystems = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      source = ../../..;
      manifest = builtins.fromTOML (builtins.readFile (source + "/Cargo.toml"));
    in
    {
      packages = forAllSystems (pkgs: rec {
        default = persistproc;
        persistproc = pkgs.rustPlatform.buildRustPackage {
          pname = "persistproc";
          version = manifest.workspace.package.version;
          src = source;
          cargoLock.lockFile = source + "/Cargo.lock";
          cargoBuildFlags = [ "--workspace" ];
          buildType = "dist";
          # The tests start daemons, terminals and browsers.
          doCheck = false;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = pkgs.lib.optionalString (pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform) ''
            $out/bin/persistproc man --dir man
            installManPage man/*.1
            for name in persistproc pp; do
              installShellCompletion --cmd $name \
                --bash <($out/bin/$name completions bash) \
                --zsh <($out/bin/$name completions zsh) \
                --fish <($out/bin/$name completions fish)
            done
          '';
          meta = {
            description = "One shared process layer for shells and coding agents";
            homepage = "https://github.com/persistproc/persistproc";
            license = pkgs.lib.licenses.mit;
            mainProgram = "pp";
            platforms = systems;
          };
        };
      });
    };
}
